//! A loopback port that stays reserved while the server does not listen.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Maximum number of connections waiting to be accepted: a thousand concurrent callers must not cause SYN retries.
const BACKLOG: u32 = 4096;

/// Pause after a failed accept (usually out of file descriptors), to avoid a busy loop.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(10);

pub(super) struct Port {
    address: SocketAddr,
    state: State,
}

enum State {
    Listening(TcpListener),
    /// Bound without listening: connections are refused, and no other socket can use the port.
    Reserved(TcpSocket),
    Free,
}

impl Port {
    /// Listens on a free port. Requires a tokio runtime.
    pub(super) fn open() -> io::Result<Self> {
        let listener = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?.listen(BACKLOG)?;
        Ok(Self {
            address: listener.local_addr()?,
            state: State::Listening(listener),
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the next connection. Waits forever while the port is closed.
    pub(super) async fn accept(&self) -> TcpStream {
        let State::Listening(listener) = &self.state else {
            return std::future::pending().await;
        };
        loop {
            match listener.accept().await {
                Ok((stream, _)) => return stream,
                Err(_) => tokio::time::sleep(ACCEPT_RETRY_DELAY).await,
            }
        }
    }

    pub(super) fn close(&mut self) {
        self.state = State::Free;
    }

    /// Reserves the closed port, so that no outgoing connection uses it.
    pub(super) fn reserve(&mut self) {
        if let Ok(socket) = bind(self.address) {
            self.state = State::Reserved(socket);
        }
    }

    pub(super) fn listen(&mut self) -> io::Result<()> {
        let socket = match std::mem::replace(&mut self.state, State::Free) {
            State::Listening(listener) => {
                self.state = State::Listening(listener);
                return Ok(());
            }
            State::Reserved(socket) => socket,
            State::Free => bind(self.address)?,
        };
        self.state = State::Listening(socket.listen(BACKLOG)?);
        Ok(())
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}
