//! A listener on loopback that responds to every request with the configured chunks.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub(super) struct Server {
    pub(super) url: String,
    response: Arc<Mutex<Vec<u8>>>,
}

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

impl Server {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on loopback");
        let address = listener.local_addr().expect("an address");
        let response = Arc::default();
        let shared = Arc::clone(&response);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, Arc::clone(&shared)));
            }
        });
        Self {
            url: format!("http://{address}"),
            response,
        }
    }

    /// Sets the chunks of the following responses.
    pub(super) fn respond(&self, chunks: Vec<Vec<u8>>) {
        let mut response = HEAD.as_bytes().to_vec();
        for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
            response.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            response.extend_from_slice(chunk);
            response.extend_from_slice(b"\r\n");
        }
        response.extend_from_slice(b"0\r\n\r\n");
        *self.response.lock().unwrap_or_else(PoisonError::into_inner) = response;
    }
}

async fn serve(mut connection: TcpStream, response: Arc<Mutex<Vec<u8>>>) {
    let mut request = Vec::new();
    while let Ok(1..) = connection.read_buf(&mut request).await {
        if request.ends_with(b"\r\n\r\n") {
            request.clear();
            let response = response.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if connection.write_all(&response).await.is_err() {
                return;
            }
        }
    }
}
