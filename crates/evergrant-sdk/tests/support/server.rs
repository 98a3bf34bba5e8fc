//! A bare server for what the others do not do: answers made by the test, piece by piece if need be.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub struct Server {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<AtomicUsize>,
}

/// A request: the head's lines in lower case, but for the first, and the body.
#[derive(Debug, Clone)]
pub struct Seen {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What is answered: the head, then pieces with a pause before each. Without a `content-length`, the end is that of the connection.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    pieces: Vec<Vec<u8>>,
    pause: Duration,
    streams: bool,
    before: Duration,
    stalls: bool,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(known, _)| known == name);
        header.map(|(_, value)| value.as_str())
    }

    pub fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }
}

impl Reply {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            pieces: vec![body.into()],
            pause: Duration::ZERO,
            streams: false,
            before: Duration::ZERO,
            stalls: false,
        }
    }

    /// Piece by piece, and then the connection ends.
    pub fn pieces(content_type: &str, pieces: &[&str], pause: Duration) -> Self {
        let mut reply = Self::new(200, "").header("content-type", content_type);
        reply.pieces = pieces.iter().map(|piece| piece.as_bytes().to_vec()).collect();
        (reply.pause, reply.streams) = (pause, true);
        reply
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Leaves the connection open after the last piece.
    pub fn stalling(mut self) -> Self {
        self.stalls = true;
        self
    }

    /// Waits before the head.
    pub fn after(mut self, wait: Duration) -> Self {
        self.before = wait;
        self
    }
}

impl Server {
    pub async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (answer, record) = (Arc::new(answer), Arc::clone(&seen));
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(converse(stream, Arc::clone(&answer), Arc::clone(&record)));
            }
        });
        Self { url, seen, connections }
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no test has panicked").clone()
    }

    pub fn last(&self) -> Seen {
        self.seen().pop().expect("a request")
    }
}

async fn converse(
    mut stream: TcpStream,
    answer: Arc<impl Fn(&Seen) -> Reply>,
    record: Arc<Mutex<Vec<Seen>>>,
) -> Option<()> {
    loop {
        let seen = receive(&mut stream).await?;
        record.lock().ok()?.push(seen.clone());
        let reply = answer(&seen);
        tokio::time::sleep(reply.before).await;
        let mut head = format!("HTTP/1.1 {} X\r\n", reply.status);
        for (name, value) in &reply.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !reply.streams {
            let length: usize = reply.pieces.iter().map(Vec::len).sum();
            head.push_str(&format!("content-length: {length}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).await.ok()?;
        for piece in &reply.pieces {
            tokio::time::sleep(reply.pause).await;
            stream.write_all(piece).await.ok()?;
            stream.flush().await.ok()?;
        }
        if reply.stalls {
            std::future::pending::<()>().await;
        }
        if reply.streams {
            return None;
        }
    }
}

async fn receive(stream: &mut TcpStream) -> Option<Seen> {
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
    Some(Seen { line, headers, body })
}
