//! A connection that a script can break at any byte, or reset.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The stream as hyper sees it.
pub(super) struct Wire {
    stream: TcpStream,
    connection: Connection,
}

/// A handler's hold on the connection that its request came over.
#[derive(Clone)]
pub(crate) struct Connection(Arc<Breaks>);

struct Breaks {
    /// How many bytes may still be written.
    allowance: AtomicUsize,
    reset: AtomicBool,
}

const UNLIMITED: usize = usize::MAX;

impl Connection {
    /// Closes the connection after that many more bytes.
    pub(crate) fn cut_after(&self, bytes: usize) {
        self.0.allowance.store(bytes, Ordering::SeqCst);
    }

    /// Makes the connection end with a RST instead of a FIN.
    pub(crate) fn reset(&self) {
        self.0.reset.store(true, Ordering::SeqCst);
    }
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> (Self, Connection) {
        let connection = Connection(Arc::new(Breaks {
            allowance: AtomicUsize::new(UNLIMITED),
            reset: AtomicBool::new(false),
        }));
        let wire = Self {
            stream,
            connection: connection.clone(),
        };
        (wire, connection)
    }

    fn resets(&self) -> bool {
        self.connection.0.reset.load(Ordering::SeqCst)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let allowance = self.connection.0.allowance.load(Ordering::SeqCst);
        if allowance == 0 {
            return Poll::Ready(Err(io::Error::other("cut off by the script")));
        }
        let allowed = &bytes[..bytes.len().min(allowance)];
        let outcome = Pin::new(&mut self.stream).poll_write(context, allowed);
        if let Poll::Ready(Ok(written)) = outcome
            && allowance != UNLIMITED
        {
            self.connection.cut_after(allowance - written);
        }
        outcome
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.resets() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.resets() {
            let _ = self.stream.set_zero_linger();
        }
    }
}
