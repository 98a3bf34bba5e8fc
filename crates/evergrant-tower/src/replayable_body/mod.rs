//! A request body that can be sent again while its sent part is buffered.

mod shared_body;

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use evergrant::error::BoxError;
use http_body::{Body, Frame, SizeHint};

use self::shared_body::Source;

/// The request body that the inner service receives. It contains the request body of type `B`, and buffers what is sent
/// of it, up to the [replay limit](crate::AuthorizeLayerBuilder::replay_limit), so that the request can be sent again
/// after a 401.
///
/// [`Body::Data`] is [`Bytes`], as hyper and tonic require. Buffering does not copy the data if `B` yields `Bytes`;
/// data of any other type is copied once.
///
/// When the request is sent again, the new attempt takes over the unread part of the request body. If the service still
/// reads the body of the previous attempt, that body ends with an error, so that a partial body is not mistaken for a
/// complete one.
pub struct Replayable<B> {
    /// The frames that previous attempts have sent.
    buffered: VecDeque<Frame<Bytes>>,
    /// The source of the rest; `None` at the end of the body.
    rest: Option<Arc<Mutex<Source<B>>>>,
    attempt: Attempt,
}

/// The number of an attempt to send the request; the first is zero.
type Attempt = u8;

/// Creates the body of a replay. While it exists, the sent part of the body is buffered.
pub(crate) struct ReplayHandle<B>(Option<Arc<Mutex<Source<B>>>>);

impl<B: Body> Replayable<B> {
    /// Creates a body that buffers up to `limit` bytes while the handle exists.
    pub(crate) fn new(body: B, limit: usize) -> (Self, ReplayHandle<B>) {
        let rest = (!body.is_end_stream()).then(|| Arc::new(Mutex::new(Source::new(body, limit))));
        (Self::first(rest.clone()), ReplayHandle(rest))
    }

    /// Creates a body that is not buffered.
    pub(crate) fn unbuffered(body: B) -> Self {
        Self::new(body, 0).0
    }

    fn first(rest: Option<Arc<Mutex<Source<B>>>>) -> Self {
        Self {
            buffered: VecDeque::new(),
            rest,
            attempt: 0,
        }
    }
}

impl<B> ReplayHandle<B> {
    /// Returns the whole body again, or the reason why it cannot be sent again. In that case, the previous attempt
    /// continues.
    pub(crate) fn replay(&self) -> Result<Replayable<B>, &'static str> {
        let Some(rest) = &self.0 else {
            return Ok(Replayable {
                buffered: VecDeque::new(),
                rest: None,
                attempt: 1,
            });
        };
        let next = lock(rest).start_next_attempt()?;
        if let Some(waker) = next.waker {
            waker.wake();
        }
        Ok(Replayable {
            buffered: next.buffered,
            rest: Some(Arc::clone(rest)),
            attempt: next.attempt,
        })
    }

    /// Returns whether the service has begun to read the body, and the body itself has not failed.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.0.as_ref().is_some_and(|rest| lock(rest).is_in_use())
    }
}

impl<B> Drop for ReplayHandle<B> {
    fn drop(&mut self) {
        if let Some(rest) = &self.0 {
            lock(rest).stop_buffering();
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
        if let Some(frame) = self.buffered.pop_front() {
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
        self.buffered.is_empty() && self.rest.as_ref().is_none_or(|rest| lock(rest).is_end(self.attempt))
    }

    fn size_hint(&self) -> SizeHint {
        let buffered = self.buffered.iter().filter_map(Frame::data_ref);
        let buffered = buffered.map(|data| data.len() as u64).sum::<u64>();
        let rest = match &self.rest {
            Some(rest) => lock(rest).size_hint(self.attempt),
            None => SizeHint::with_exact(0),
        };
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(buffered));
        if let Some(upper) = rest.upper().and_then(|upper| upper.checked_add(buffered)) {
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
