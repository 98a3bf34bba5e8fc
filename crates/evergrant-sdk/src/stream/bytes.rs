//! A response body as a stream of chunks.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use evergrant::ResponseHead;
use futures_core::Stream;

use super::Chunks;
use crate::error::Error;
use crate::response_head_accessors::head_accessors;

/// A response body as a stream of chunks of bytes. Reading the stream has no time limit.
///
/// ```no_run
/// # async fn run(mut download: evergrant_sdk::ByteStream) -> Result<(), evergrant_sdk::Error> {
/// let mut size = 0;
/// while let Some(chunk) = download.next().await {
///     size += chunk?.len();
/// }
/// # Ok(())
/// # }
/// ```
pub struct ByteStream {
    head: ResponseHead<'static>,
    chunks: Chunks,
}

impl ByteStream {
    pub(crate) fn new(head: ResponseHead<'static>, chunks: Chunks) -> Self {
        Self { head, chunks }
    }

    /// Returns the next chunk of the body, or `None` at the end of the body.
    pub async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        std::future::poll_fn(|context| self.chunks.poll_next(context)).await
    }
}

head_accessors!(impl {} ByteStream, |stream| &stream.head);

impl Stream for ByteStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.chunks.poll_next(context)
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream")
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}
