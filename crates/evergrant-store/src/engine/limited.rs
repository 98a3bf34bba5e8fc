//! A bound on what a server may send: without one, whoever answers at its address decides how much memory this process takes.

use std::error::Error;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection that ends when the server sends more than answers may have. Every write of ours starts the count anew.
#[derive(Debug)]
pub(super) struct Limited<S> {
    inner: S,
    left: usize,
}

/// What may arrive between two writes, in bytes: the answers to a few commands at once, each as long as the longest record.
pub(super) const LONGEST_ANSWER: usize = 16 * evergrant::store::MAX_RECORD_SIZE;

/// The server has sent more than that.
#[derive(Debug)]
struct TooMuch;

impl<S> Limited<S> {
    pub(super) fn new(inner: S) -> Self {
        let left = LONGEST_ANSWER;
        Self { inner, left }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Limited<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buffer))?;
        match self.left.checked_sub(buffer.filled().len() - before) {
            Some(left) => {
                self.left = left;
                Poll::Ready(Ok(()))
            }
            None => Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, TooMuch))),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Limited<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, bytes))?;
        self.left = LONGEST_ANSWER;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl fmt::Display for TooMuch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the server sends more than {} MiB without being asked again",
            LONGEST_ANSWER / (1024 * 1024)
        )
    }
}

impl Error for TooMuch {}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const ROUND: usize = 64 * 1024;

    /// How much gets through of what is sent without end, in rounds.
    async fn received(limited: &mut Limited<tokio::io::DuplexStream>, other: &mut tokio::io::DuplexStream) -> usize {
        let (sent, mut buffer) = (vec![b'a'; ROUND], vec![0; ROUND]);
        for round in 0.. {
            other.write_all(&sent).await.unwrap();
            if let Err(error) = limited.read_exact(&mut buffer).await {
                assert!(error.to_string().contains("16 MiB"), "{error}");
                return round;
            }
        }
        unreachable!()
    }

    #[tokio::test]
    async fn a_server_that_sends_without_end_is_not_listened_to_until_it_is_asked_again() {
        let (near, mut far) = duplex(2 * ROUND);
        let mut limited = Limited::new(near);
        assert_eq!(received(&mut limited, &mut far).await, LONGEST_ANSWER / ROUND);
        limited.write_all(b"again").await.unwrap();
        far.read_exact(&mut [0; 5]).await.unwrap();
        assert_eq!(received(&mut limited, &mut far).await, LONGEST_ANSWER / ROUND);
    }
}
