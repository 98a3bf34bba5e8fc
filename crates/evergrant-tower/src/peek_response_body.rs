//! Reads the start of a response's body, and puts it back.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::io::IoSlice;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Buf;
use evergrant::Replay;
use evergrant::error::BoxError;
use evergrant::runtime::{Runtime as _, TokioRuntime};
use http::Response;
use http_body::{Body, Frame, SizeHint};

/// How many parts of one frame are read.
const MAX_SLICES: usize = 16;

/// A body whose start was already read.
pub(crate) struct StartedBody<R: Body> {
    frames: VecDeque<Frame<R::Data>>,
    /// The error that ended the body while it was read.
    failure: Option<BoxError>,
    rest: Pin<Box<R>>,
}

/// Reads the start of a body, within the limits of [`Replay`]. The returned body is complete.
pub(crate) async fn read_start<R>(response: Response<R>) -> (Response<StartedBody<R>>, Vec<u8>)
where
    R: Body + Send,
    R::Data: Send,
    R::Error: Into<BoxError>,
{
    let (head, rest) = response.into_parts();
    let (frames, failure, rest) = (VecDeque::new(), None, Box::pin(rest));
    let mut body = StartedBody { frames, failure, rest };
    let mut start = Vec::new();
    let reading = async {
        while start.len() < Replay::BODY_LIMIT {
            match poll_fn(|context| body.rest.as_mut().poll_frame(context)).await {
                Some(Ok(frame)) => {
                    let is_read = frame.data_ref().is_none_or(|data| copy(data, &mut start));
                    body.frames.push_back(frame);
                    if !is_read {
                        break;
                    }
                }
                Some(Err(error)) => {
                    body.failure = Some(error.into());
                    break;
                }
                None => break,
            }
        }
    };
    // After the limit, the part that has arrived is used.
    let _ = TokioRuntime::new().timeout(Replay::BODY_TIME, reading).await;
    start.truncate(Replay::BODY_LIMIT);
    (Response::from_parts(head, body), start)
}

/// Copies the data of a frame, and returns whether it was copied completely.
fn copy(data: &impl Buf, start: &mut Vec<u8>) -> bool {
    let mut slices = [IoSlice::new(&[]); MAX_SLICES];
    let count = data.chunks_vectored(&mut slices);
    let mut copied = 0;
    for slice in &slices[..count] {
        start.extend_from_slice(slice);
        copied += slice.len();
    }
    copied == data.remaining()
}

impl<R> Body for StartedBody<R>
where
    R: Body,
    R::Error: Into<BoxError>,
{
    type Data = R::Data;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<R::Data>, BoxError>>> {
        if let Some(frame) = self.frames.pop_front() {
            return Poll::Ready(Some(Ok(frame)));
        }
        if let Some(failure) = self.failure.take() {
            return Poll::Ready(Some(Err(failure)));
        }
        let polled = self.rest.as_mut().poll_frame(context);
        polled.map(|frame| frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.frames.is_empty() && self.failure.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let read = self.frames.iter().filter_map(Frame::data_ref);
        let read = read.map(|data| data.remaining() as u64).sum::<u64>();
        let rest = self.rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(read));
        if let Some(upper) = rest.upper().and_then(|upper| upper.checked_add(read)) {
            hint.set_upper(upper);
        }
        hint
    }
}

/// The frames are only passed on, so the body can be moved.
impl<R: Body> Unpin for StartedBody<R> {}

impl<R: Body> fmt::Debug for StartedBody<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartedBody").finish_non_exhaustive()
    }
}
