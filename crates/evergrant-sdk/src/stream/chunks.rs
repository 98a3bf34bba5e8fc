//! The body of a response, as received from the connection.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;

use crate::error::{CallName, Error, Failure};

pub(crate) struct Chunks {
    pub(super) call: CallName,
    stream: Option<Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>>,
}

impl Chunks {
    pub(crate) fn new(call: CallName, response: reqwest::Response) -> Self {
        Self {
            call,
            stream: Some(Box::pin(response.bytes_stream())),
        }
    }

    /// Returns the next chunk. A broken connection is returned as one error, then the stream ends.
    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(None);
        };
        let chunk = std::task::ready!(stream.as_mut().poll_next(context));
        let outcome = chunk.map(|chunk| chunk.map_err(|error| self.failure(Failure::Client(error))));
        if !matches!(outcome, Some(Ok(_))) {
            self.end();
        }
        Poll::Ready(outcome)
    }

    pub(super) fn failure(&self, failure: Failure) -> Error {
        Error::http(&self.call, failure)
    }

    /// Closes the connection.
    pub(super) fn end(&mut self) {
        self.stream = None;
    }
}
