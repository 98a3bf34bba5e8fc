//! What stands between clients and a server, as far as it shows: a pooler that takes no options.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use fleet::engine::Postgres;

use super::support::{key, load, open, put};

/// Its threads end with the test.
struct Pooler {
    port: u16,
    refused: Arc<AtomicUsize>,
}

const REFUSAL: &[u8] = b"SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: options\0\0";

impl Pooler {
    fn start(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let refused = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&refused);
        thread::spawn(move || {
            for client in listener.incoming() {
                let count = Arc::clone(&count);
                thread::spawn(move || serve(client?, server, &count));
            }
        });
        Self { port, refused }
    }
}

fn serve(mut client: TcpStream, server: u16, refused: &AtomicUsize) -> io::Result<()> {
    let mut length = [0; 4];
    client.read_exact(&mut length)?;
    let mut startup = vec![0; u32::from_be_bytes(length) as usize - 4];
    client.read_exact(&mut startup)?;
    if startup.windows(9).any(|part| part == b"\0options\0") {
        refused.fetch_add(1, Ordering::Relaxed);
        let length = u32::try_from(REFUSAL.len() + 4).unwrap().to_be_bytes();
        return client.write_all(&[b"E", &length[..], REFUSAL].concat());
    }
    let mut server = TcpStream::connect(("127.0.0.1", server))?;
    server.write_all(&[&length[..], &startup].concat())?;
    let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || io::copy(&mut from, &mut to));
    io::copy(&mut client, &mut server)?;
    server.shutdown(Shutdown::Both)
}

#[tokio::test]
async fn a_pooler_that_takes_no_options_is_given_none() {
    let server = Postgres::start().unwrap();
    let pooler = Pooler::start(server.port());
    let url = server
        .url()
        .replace(&server.port().to_string(), &pooler.port.to_string());
    let (store, key) = (open(&url), key("pooler"));
    put(&store, &key, "record").await;
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
    // Once for the statements, and once for the notifications.
    assert!((1..=2).contains(&pooler.refused.load(Ordering::Relaxed)));
}
