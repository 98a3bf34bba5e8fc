//! The stream of a connection, with a limit on responses and inspection of the server's messages.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsStream};

use super::server_message_inspection::{ClearText, Watch};
use crate::engine::response_limit::Limited;

/// The stream of a connection.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// A connection that fails when the server makes a request that is not allowed.
pub(super) struct Watched {
    wire: Limited<Box<dyn Wire>>,
    watch: Watch,
}

impl Watched {
    pub(super) fn new(wire: Box<dyn Wire>, clear_text: ClearText) -> Self {
        Self {
            wire: Limited::new(wire),
            watch: Watch::new(clear_text),
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.wire).poll_read(cx, buffer))?;
        let seen = self.watch.see(&buffer.filled()[before..]);
        Poll::Ready(seen.map_err(|demand| io::Error::new(io::ErrorKind::PermissionDenied, demand)))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.wire).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(cx)
    }
}

impl TlsStream for Watched {
    /// Channel binding is not used: it would detect another server with a certificate for the same name, and the name
    /// is trusted.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}
