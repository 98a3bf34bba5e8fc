//! An API that rejects a token without reading the body of the request, and whose 401 is lost with the connection.

use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Closes the connection of each request whose credentials are rejected, in the middle of the body.
#[derive(Debug, Clone)]
pub(crate) struct UploadServer {
    url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    requests: usize,
    rejects_all: bool,
    rejected: HashSet<String>,
    last: String,
}

impl UploadServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let state = Arc::default();
        let server = Self { url, state };
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = accepting.clone();
                tokio::spawn(async move { server.respond(stream).await });
            }
        });
        server
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn requests(&self) -> usize {
        self.lock().requests
    }

    /// Rejects the credentials of the last request.
    pub(crate) fn reject_last(&self) {
        let mut state = self.lock();
        let last = state.last.clone();
        state.rejected.insert(last);
    }

    /// Rejects all credentials, while `enabled`.
    pub(crate) fn reject_all(&self, enabled: bool) {
        self.lock().rejects_all = enabled;
    }

    /// Handles one request. Dropping a stream with unread data resets the connection.
    async fn respond(&self, mut stream: TcpStream) {
        let mut read = Vec::new();
        let end = loop {
            let end = read.windows(4).position(|bytes| bytes == b"\r\n\r\n");
            match (end, stream.read_buf(&mut read).await) {
                (_, Err(_)) => return,
                (Some(end), _) => break end + 4,
                // A request without a body.
                (None, Ok(0)) => return,
                (None, Ok(_)) if read.ends_with(b"\r\n\r\n") && !read.starts_with(b"POST") => break read.len(),
                (None, Ok(_)) => {}
            }
        };
        let head = String::from_utf8_lossy(&read[..end]).into_owned();
        let header = |name: &str| {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            let mut values = lines.filter(|(header, _)| header.eq_ignore_ascii_case(name));
            values.next().map(|(_, value)| value.to_owned())
        };
        let credentials = header("authorization").unwrap_or_default();
        let is_rejected = {
            let mut state = self.lock();
            state.requests += 1;
            state.last.clone_from(&credentials);
            state.rejects_all && head.starts_with("POST") || state.rejected.contains(&credentials)
        };
        if is_rejected {
            return;
        }
        let length = header("content-length").and_then(|length| length.parse().ok());
        let mut left = length.unwrap_or(0) - (read.len() - end);
        let mut chunk = vec![0; 64 * 1024];
        while left > 0 {
            match stream.read(&mut chunk).await {
                Ok(count) if count > 0 => left -= count,
                _ => return,
            }
        }
        let response = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
        let _ = stream.write_all(response).await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
