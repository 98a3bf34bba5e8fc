//! A connection that a fault can cut off after any byte, or reset.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The stream that hyper uses.
pub(super) struct FaultyStream {
    stream: TcpStream,
    connection: Connection,
}

/// A handle to the connection of a request, with which a handler injects faults.
#[derive(Clone)]
pub(crate) struct Connection(Arc<FaultState>);

struct FaultState {
    /// Number of bytes that may still be written.
    allowance: AtomicUsize,
    reset: AtomicBool,
}

const UNLIMITED: usize = usize::MAX;

impl Connection {
    /// Closes the connection after `bytes` more bytes.
    pub(crate) fn cut_after(&self, bytes: usize) {
        self.0.allowance.store(bytes, Ordering::SeqCst);
    }

    /// Closes the connection with RST instead of FIN.
    pub(crate) fn reset(&self) {
        self.0.reset.store(true, Ordering::SeqCst);
    }
}

impl FaultyStream {
    pub(super) fn new(stream: TcpStream) -> (Self, Connection) {
        let connection = Connection(Arc::new(FaultState {
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

impl AsyncRead for FaultyStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for FaultyStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let allowance = self.connection.0.allowance.load(Ordering::SeqCst);
        if allowance == 0 {
            return Poll::Ready(Err(io::Error::other("cut off by a fault")));
        }
        let allowed = &bytes[..bytes.len().min(allowance)];
        let result = Pin::new(&mut self.stream).poll_write(context, allowed);
        if let Poll::Ready(Ok(written)) = result
            && allowance != UNLIMITED
        {
            self.connection.cut_after(allowance - written);
        }
        result
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

impl Drop for FaultyStream {
    fn drop(&mut self) {
        if self.resets() {
            let _ = self.stream.set_zero_linger();
        }
    }
}
