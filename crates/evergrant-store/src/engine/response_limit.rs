//! Limits how much a server may send. Without a limit, a server could exhaust the memory of this process.

use std::error::Error;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection that fails when the server sends too much in response to one write.
#[derive(Debug)]
pub(super) struct Limited<S> {
    inner: S,
    remaining: usize,
}

/// Maximum number of bytes between two writes: the responses to several commands, each as long as the longest record.
pub(super) const MAX_RESPONSE_SIZE: usize = 16 * evergrant::store::MAX_RECORD_SIZE;

/// The error when the server sends more than [`MAX_RESPONSE_SIZE`].
#[derive(Debug)]
struct ResponseTooLarge;

impl<S> Limited<S> {
    pub(super) fn new(inner: S) -> Self {
        Self {
            inner,
            remaining: MAX_RESPONSE_SIZE,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Limited<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buffer))?;
        match self.remaining.checked_sub(buffer.filled().len() - before) {
            Some(remaining) => {
                self.remaining = remaining;
                Poll::Ready(Ok(()))
            }
            None => Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, ResponseTooLarge))),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Limited<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, bytes))?;
        self.remaining = MAX_RESPONSE_SIZE;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl fmt::Display for ResponseTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the server sent more than {} MiB in response to one request",
            MAX_RESPONSE_SIZE / (1024 * 1024)
        )
    }
}

impl Error for ResponseTooLarge {}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const ROUND: usize = 64 * 1024;

    /// Sends data until the connection fails. Returns the number of rounds that arrived.
    async fn received(limited: &mut Limited<tokio::io::DuplexStream>, peer: &mut tokio::io::DuplexStream) -> usize {
        let (sent, mut buffer) = (vec![b'a'; ROUND], vec![0; ROUND]);
        for round in 0.. {
            peer.write_all(&sent).await.unwrap();
            if let Err(error) = limited.read_exact(&mut buffer).await {
                assert!(error.to_string().contains("16 MiB"), "{error}");
                return round;
            }
        }
        unreachable!()
    }

    #[tokio::test]
    async fn a_response_without_end_is_an_error_and_a_write_resets_the_limit() {
        let (near, mut far) = duplex(2 * ROUND);
        let mut limited = Limited::new(near);
        assert_eq!(received(&mut limited, &mut far).await, MAX_RESPONSE_SIZE / ROUND);
        limited.write_all(b"again").await.unwrap();
        far.read_exact(&mut [0; 5]).await.unwrap();
        assert_eq!(received(&mut limited, &mut far).await, MAX_RESPONSE_SIZE / ROUND);
    }
}
