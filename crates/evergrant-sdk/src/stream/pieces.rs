//! What is left of an answer, as it comes from the connection.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;

use crate::Error;
use crate::error::{Called, Failure, HttpError};

pub(crate) struct Pieces {
    pub(super) called: Called,
    stream: Option<Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>>,
}

impl Pieces {
    pub(crate) fn of(called: Called, response: reqwest::Response) -> Self {
        Self {
            called,
            stream: Some(Box::pin(response.bytes_stream())),
        }
    }

    /// A connection that broke is an error once, and the end.
    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(None);
        };
        let piece = std::task::ready!(stream.as_mut().poll_next(context));
        let outcome = piece.map(|piece| piece.map_err(|error| self.failure(Failure::Client(error))));
        if !matches!(outcome, Some(Ok(_))) {
            self.end();
        }
        Poll::Ready(outcome)
    }

    pub(super) fn failure(&self, failure: Failure) -> Error {
        Error::Http(Box::new(HttpError::new(self.called.clone(), failure)))
    }

    /// Closes the connection.
    pub(super) fn end(&mut self) {
        self.stream = None;
    }
}
