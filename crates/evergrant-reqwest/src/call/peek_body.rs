//! Reads the start of a body, and puts it back.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use evergrant::Replay;
use evergrant::runtime::{Runtime as _, TokioRuntime};
use hyper::body::{Body as _, Frame, SizeHint};
use reqwest::{Body, Response};

use super::response_url::with_url;

/// Reads the start of a response's body, within the limits of [`Replay`]. The body of the returned response is
/// complete.
pub(super) async fn read_start(response: Response) -> (Response, Bytes) {
    let url = response.url().clone();
    let (head, mut rest) = http::Response::<Body>::from(response).into_parts();
    let (mut read, mut failure) = (BytesMut::new(), None);
    let reading = async {
        while read.len() < Replay::BODY_LIMIT {
            match std::future::poll_fn(|context| pin!(&mut rest).poll_frame(context)).await {
                Some(Ok(frame)) => read.extend_from_slice(&frame.into_data().unwrap_or_default()),
                Some(Err(error)) => {
                    failure = Some(error);
                    break;
                }
                None => break,
            }
        }
    };
    // After the limit, the part that has arrived is used.
    let _ = TokioRuntime::new().timeout(Replay::BODY_TIME, reading).await;
    let read = read.freeze();
    let start = read.slice(..read.len().min(Replay::BODY_LIMIT));
    let body = PrefixedBody { read, failure, rest };
    let response = http::Response::from_parts(head, Body::wrap(body));
    (with_url(&url, response.into()), start)
}

/// A body whose start was already read.
pub(super) struct PrefixedBody {
    read: Bytes,
    /// The error that ended the body while it was read.
    failure: Option<reqwest::Error>,
    rest: Body,
}

impl PrefixedBody {
    pub(super) fn new(read: Bytes, rest: Body) -> Self {
        let failure = None;
        Self { read, failure, rest }
    }
}

impl hyper::body::Body for PrefixedBody {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<reqwest::Result<Frame<Bytes>>>> {
        if !self.read.is_empty() {
            let read = std::mem::take(&mut self.read);
            return Poll::Ready(Some(Ok(Frame::data(read))));
        }
        if let Some(failure) = self.failure.take() {
            return Poll::Ready(Some(Err(failure)));
        }
        Pin::new(&mut self.rest).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.read.is_empty() && self.failure.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.size_hint();
        let read = self.read.len() as u64;
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(read));
        if let Some(upper) = rest.upper().and_then(|upper| upper.checked_add(read)) {
            hint.set_upper(upper);
        }
        hint
    }
}
