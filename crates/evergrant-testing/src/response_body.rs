//! Response bodies: complete, truncated, or sent byte by byte.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Frame, SizeHint};
use tokio::time::Sleep;

pub(crate) type Body = BoxBody<Bytes, io::Error>;

pub(crate) fn full(body: Bytes) -> Body {
    Full::new(body).map_err(|never| match never {}).boxed()
}

/// A body that ends with an error after `part`.
pub(crate) fn truncated(part: Bytes) -> Body {
    Truncated {
        part: Some(part),
        pauses: 3,
    }
    .boxed()
}

/// A body that is sent one byte at a time, with a pause before each.
pub(crate) fn drip(body: Bytes, pause: Duration) -> Body {
    Drip {
        rest: body,
        pause,
        timer: None,
    }
    .boxed()
}

struct Truncated {
    part: Option<Bytes>,
    /// Number of polls that let the server flush its buffer before the error.
    pauses: u8,
}

impl hyper::body::Body for Truncated {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(part) = self.part.take() {
            return Poll::Ready(Some(Ok(Frame::data(part))));
        }
        if self.pauses > 0 {
            self.pauses -= 1;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::other("truncated by a fault"))))
    }
}

struct Drip {
    rest: Bytes,
    pause: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl hyper::body::Body for Drip {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let pause = self.pause;
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
        ready!(pin!(timer).poll(context));
        self.timer = None;
        let byte = self.rest.split_to(1);
        Poll::Ready(Some(Ok(Frame::data(byte))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
