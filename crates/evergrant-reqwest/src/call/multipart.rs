//! Buffers multipart forms that are in memory, so that they can be sent again: reqwest turns every form into a stream.

use std::pin::pin;
use std::task::Poll;

use bytes::{Bytes, BytesMut};
use evergrant::error::innermost;
use http::header::CONTENT_TYPE;
use hyper::body::Body as _;
use reqwest::{Body, Request};

use super::peek_body::PrefixedBody;
use crate::Error;

/// Maximum size of a form that is buffered.
const MAX_BUFFERED_BYTES: usize = 8 * 1024 * 1024;

/// Returns whether the body is a streaming multipart form, according to its content type.
pub(super) fn needs_buffering(request: &Request) -> bool {
    let is_form = |value: &http::HeaderValue| value.as_bytes().starts_with(b"multipart/form-data");
    request.body().is_some_and(|body| body.as_bytes().is_none())
        && request.headers().get(CONTENT_TYPE).is_some_and(is_form)
}

/// Replaces a form that is in memory with one buffer. Any other form, such as one with a file, remains a stream that
/// starts with the part that was already read.
pub(super) async fn buffer(request: &mut Request) -> Result<(), Error> {
    let Some(body) = request.body_mut() else { return Ok(()) };
    let mut rest = std::mem::take(body);
    let mut read = BytesMut::new();
    let is_complete = loop {
        match poll_once(&mut rest).await {
            PollResult::Data(data) => read.extend_from_slice(&data),
            PollResult::End => break true,
            PollResult::Failed(error) => return Err(Error::Request(innermost(&error))),
            PollResult::Pending => break false,
        }
        if read.len() > MAX_BUFFERED_BYTES {
            break false;
        }
    };
    let read = read.freeze();
    *body = match is_complete {
        true => read.into(),
        false => Body::wrap(PrefixedBody::new(read, rest)),
    };
    Ok(())
}

/// The result of polling a body once.
enum PollResult {
    Data(Bytes),
    End,
    Failed(reqwest::Error),
    Pending,
}

async fn poll_once(body: &mut Body) -> PollResult {
    std::future::poll_fn(|context| {
        Poll::Ready(match pin!(&mut *body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => PollResult::Data(frame.into_data().unwrap_or_default()),
            Poll::Ready(Some(Err(error))) => PollResult::Failed(error),
            Poll::Ready(None) => PollResult::End,
            Poll::Pending => PollResult::Pending,
        })
    })
    .await
}
