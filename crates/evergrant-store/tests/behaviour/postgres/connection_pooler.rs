//! A pooler that rejects startup options.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use store_faults::engine::Postgres;

use super::support::{key, load, open, put};

/// A pooler whose threads end with the test.
struct Pooler {
    port: u16,
    rejected: Arc<AtomicUsize>,
}

const REJECTION: &[u8] = b"SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: options\0\0";

impl Pooler {
    fn start(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let rejected = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&rejected);
        thread::spawn(move || {
            for client in listener.incoming() {
                let count = Arc::clone(&count);
                thread::spawn(move || serve(client?, server, &count));
            }
        });
        Self { port, rejected }
    }
}

fn serve(mut client: TcpStream, server: u16, rejected: &AtomicUsize) -> io::Result<()> {
    let mut length = [0; 4];
    client.read_exact(&mut length)?;
    let mut startup = vec![0; u32::from_be_bytes(length) as usize - 4];
    client.read_exact(&mut startup)?;
    if startup.windows(9).any(|part| part == b"\0options\0") {
        rejected.fetch_add(1, Ordering::Relaxed);
        let length = u32::try_from(REJECTION.len() + 4).unwrap().to_be_bytes();
        return client.write_all(&[b"E", &length[..], REJECTION].concat());
    }
    let mut server = TcpStream::connect(("127.0.0.1", server))?;
    server.write_all(&[&length[..], &startup].concat())?;
    let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || io::copy(&mut from, &mut to));
    io::copy(&mut client, &mut server)?;
    server.shutdown(Shutdown::Both)
}

#[tokio::test]
async fn a_pooler_without_options_can_be_used() {
    let server = Postgres::start().unwrap();
    let pooler = Pooler::start(server.port());
    let url = server
        .url()
        .replace(&server.port().to_string(), &pooler.port.to_string());
    let (store, key) = (open(&url), key("pooler"));
    put(&store, &key, "record").await;
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
    // Once for the statements and once for the notifications.
    assert!((1..=2).contains(&pooler.rejected.load(Ordering::Relaxed)));
}
