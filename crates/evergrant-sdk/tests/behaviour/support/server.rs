//! A minimal HTTP server with responses from the test, for cases that `evergrant-testing` does not cover.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<ReceivedRequest>>>,
    connections: Arc<AtomicUsize>,
}

/// A received request: the request line, the headers with lower-case names, and the body.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedRequest {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// A response: the head, then chunks with a delay before each. Without a `content-length`, closing the connection ends
/// the body.
#[derive(Debug, Clone)]
pub(crate) struct ServerResponse {
    status: u16,
    headers: Vec<(String, String)>,
    chunks: Vec<Vec<u8>>,
    chunk_delay: Duration,
    is_stream: bool,
    delay: Duration,
    is_stalling: bool,
}

impl ReceivedRequest {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(known, _)| known == name);
        header.map(|(_, value)| value.as_str())
    }

    pub(crate) fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }
}

impl ServerResponse {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            chunks: vec![body.into()],
            chunk_delay: Duration::ZERO,
            is_stream: false,
            delay: Duration::ZERO,
            is_stalling: false,
        }
    }

    /// Sends the chunks, then closes the connection.
    pub(crate) fn chunks(content_type: &str, chunks: &[&str], chunk_delay: Duration) -> Self {
        let mut response = Self::new(200, "").header("content-type", content_type);
        response.chunks = chunks.iter().map(|chunk| chunk.as_bytes().to_vec()).collect();
        (response.chunk_delay, response.is_stream) = (chunk_delay, true);
        response
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Keeps the connection open after the last chunk.
    pub(crate) fn stalling(mut self) -> Self {
        self.is_stalling = true;
        self
    }

    /// Waits before the head is sent.
    pub(crate) fn delayed(mut self, wait: Duration) -> Self {
        self.delay = wait;
        self
    }
}

impl Server {
    pub(crate) async fn start(respond: impl Fn(&ReceivedRequest) -> ServerResponse + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (respond, record) = (Arc::new(respond), Arc::clone(&requests));
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve_connection(stream, Arc::clone(&respond), Arc::clone(&record)));
            }
        });
        Self {
            url,
            requests,
            connections,
        }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> Vec<ReceivedRequest> {
        self.requests.lock().expect("no test has panicked").clone()
    }

    pub(crate) fn last(&self) -> ReceivedRequest {
        self.requests().pop().expect("a request")
    }
}

async fn serve_connection(
    mut stream: TcpStream,
    respond: Arc<impl Fn(&ReceivedRequest) -> ServerResponse>,
    record: Arc<Mutex<Vec<ReceivedRequest>>>,
) -> Option<()> {
    loop {
        let requests = receive(&mut stream).await?;
        record.lock().ok()?.push(requests.clone());
        let response = respond(&requests);
        tokio::time::sleep(response.delay).await;
        let mut head = format!("HTTP/1.1 {} X\r\n", response.status);
        for (name, value) in &response.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !response.is_stream {
            let length: usize = response.chunks.iter().map(Vec::len).sum();
            head.push_str(&format!("content-length: {length}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).await.ok()?;
        for chunk in &response.chunks {
            tokio::time::sleep(response.chunk_delay).await;
            stream.write_all(chunk).await.ok()?;
            stream.flush().await.ok()?;
        }
        if response.is_stalling {
            std::future::pending::<()>().await;
        }
        if response.is_stream {
            return None;
        }
    }
}

async fn receive(stream: &mut TcpStream) -> Option<ReceivedRequest> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let text = String::from_utf8(head).ok()?;
    let mut lines = text.lines();
    let line = lines.next()?.to_owned();
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap_or(0))];
    stream.read_exact(&mut body).await.ok()?;
    Some(ReceivedRequest { line, headers, body })
}
