//! A body that is read piece by piece.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, StatusCode};

use super::Pieces;
use crate::Error;

/// An answer's body, piece by piece. No time limit applies once it has begun.
///
/// ```no_run
/// # async fn run(mut download: evergrant_sdk::ByteStream) -> Result<(), evergrant_sdk::Error> {
/// let mut size = 0;
/// while let Some(piece) = download.next().await {
///     size += piece?.len();
/// }
/// # Ok(())
/// # }
/// ```
pub struct ByteStream {
    status: StatusCode,
    headers: HeaderMap,
    pieces: Pieces,
}

impl ByteStream {
    pub(crate) fn new(status: StatusCode, headers: HeaderMap, pieces: Pieces) -> Self {
        Self {
            status,
            headers,
            pieces,
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The response's headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The next piece; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        std::future::poll_fn(|context| self.pieces.poll_next(context)).await
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.pieces.poll_next(context)
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
