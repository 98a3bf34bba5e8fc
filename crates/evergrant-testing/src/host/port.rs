//! A loopback port that can stop listening and come back, and that nobody else gets in the meantime.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Connections waiting to be accepted: a thousand callers at once must not run into SYN retries.
const BACKLOG: u32 = 4096;

/// What is left of the processor after a failed accept (out of file descriptors, as a rule).
const AFTER_A_FAILED_ACCEPT: Duration = Duration::from_millis(10);

pub(super) struct Port {
    address: SocketAddr,
    state: State,
}

enum State {
    Listening(TcpListener),
    /// Bound without listening: connections are refused, and the port is given to no one else.
    Reserved(TcpSocket),
    Free,
}

impl Port {
    /// Listens on any free port; within a tokio runtime.
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

    /// The next connection; none while the port is closed.
    pub(super) async fn accept(&self) -> TcpStream {
        let State::Listening(listener) = &self.state else {
            return std::future::pending().await;
        };
        loop {
            match listener.accept().await {
                Ok((stream, _)) => return stream,
                Err(_) => tokio::time::sleep(AFTER_A_FAILED_ACCEPT).await,
            }
        }
    }

    pub(super) fn close(&mut self) {
        self.state = State::Free;
    }

    /// Keeps a closed port from being given to an outgoing connection.
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
