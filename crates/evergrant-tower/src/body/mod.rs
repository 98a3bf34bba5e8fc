//! A request's body that can be sent once more, as far as it is remembered.

mod source;

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use evergrant::error::BoxError;
use http_body::{Body, Frame, SizeHint};

use self::source::Source;

/// The body that the inner service is given: the request's own, of type `B`, remembered on its way up to the
/// [limit](crate::AuthorizeLayerBuilder::replay_limit).
///
/// Data comes as [`Bytes`], whatever `B` gives: that is what hyper and tonic take, and remembering costs nothing where `B` gives
/// `Bytes` as well. Any other kind of data is copied once.
///
/// When a replay begins, what remains of the request's body goes to it. The attempt before, should the service still hold on to
/// it, then ends with an error, so that nobody takes the part that it has sent for the whole.
pub struct Replayable<B> {
    /// What the attempts before have sent already.
    repeated: VecDeque<Frame<Bytes>>,
    /// Where the rest comes from; `None` if nothing more comes.
    rest: Option<Arc<Mutex<Source<B>>>>,
    attempt: Attempt,
}

/// Which of the times that a request may be sent; the first is zero.
type Attempt = u8;

/// The sender's hold on a body, for as long as a replay may follow.
pub(crate) struct Kept<B>(Option<Arc<Mutex<Source<B>>>>);

impl<B: Body> Replayable<B> {
    /// Remembers up to `limit` bytes for as long as the other part exists.
    pub(crate) fn new(body: B, limit: usize) -> (Self, Kept<B>) {
        let rest = (!body.is_end_stream()).then(|| Arc::new(Mutex::new(Source::new(body, limit))));
        (Self::first(rest.clone()), Kept(rest))
    }

    /// Remembers nothing.
    pub(crate) fn once(body: B) -> Self {
        Self::new(body, 0).0
    }

    fn first(rest: Option<Arc<Mutex<Source<B>>>>) -> Self {
        Self {
            repeated: VecDeque::new(),
            rest,
            attempt: 0,
        }
    }
}

impl<B> Kept<B> {
    /// The whole body once more, or why that cannot be. The attempt before goes on undisturbed in the latter case.
    pub(crate) fn again(&self) -> Result<Replayable<B>, &'static str> {
        let Some(rest) = &self.0 else {
            return Ok(Replayable {
                repeated: VecDeque::new(),
                rest: None,
                attempt: 1,
            });
        };
        let next = lock(rest).hand_over()?;
        if let Some(waker) = next.waker {
            waker.wake();
        }
        Ok(Replayable {
            repeated: next.repeated,
            rest: Some(Arc::clone(rest)),
            attempt: next.attempt,
        })
    }
}

impl<B> Drop for Kept<B> {
    fn drop(&mut self) {
        if let Some(rest) = &self.0 {
            lock(rest).forget();
        }
    }
}

impl<B> Body for Replayable<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some(frame) = self.repeated.pop_front() {
            return Poll::Ready(Some(Ok(frame)));
        }
        let Some(rest) = &self.rest else {
            return Poll::Ready(None);
        };
        let polled = lock(rest).poll_frame(self.attempt, context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.rest = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.repeated.is_empty() && self.rest.as_ref().is_none_or(|rest| lock(rest).is_end(self.attempt))
    }

    fn size_hint(&self) -> SizeHint {
        let repeated = self.repeated.iter().filter_map(Frame::data_ref);
        let repeated = repeated.map(|data| data.len() as u64).sum::<u64>();
        let rest = match &self.rest {
            Some(rest) => lock(rest).size_hint(self.attempt),
            None => SizeHint::with_exact(0),
        };
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(repeated));
        if let Some(upper) = rest.upper().and_then(|upper| upper.checked_add(repeated)) {
            hint.set_upper(upper);
        }
        hint
    }
}

impl<B> fmt::Debug for Replayable<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replayable")
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

fn lock<B>(rest: &Mutex<Source<B>>) -> MutexGuard<'_, Source<B>> {
    rest.lock().unwrap_or_else(PoisonError::into_inner)
}
