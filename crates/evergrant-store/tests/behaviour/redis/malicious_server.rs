//! Malicious servers: they repeat the password, send endless replies, and redirect to other hosts.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use evergrant::store::{SharedStore, StoreErrorKind};
use evergrant_testing::LogCapture;
use store_faults::engine::Redis;

use super::support::{key, load, name, open, swap, wait_until};
use crate::test_password::{IN_URL, PASSWORD, assert_nothing_is_shown, assert_withheld, assert_withheld_by, forms};

/// A server with a scripted reply to each command. Its threads end with the test.
struct Server {
    port: u16,
    /// Number of bytes that it has sent.
    sent: Arc<AtomicUsize>,
}

/// Handles a command.
type Reply = dyn Fn(&str, &mut Sink) + Send + Sync;

/// The connection to the client, counting bytes.
struct Sink {
    stream: TcpStream,
    sent: Arc<AtomicUsize>,
}

impl Sink {
    /// Sends bytes. Returns whether the client received them.
    fn send(&mut self, bytes: &[u8]) -> bool {
        let sent = self.stream.write_all(bytes).is_ok();
        self.sent.fetch_add(bytes.len() * usize::from(sent), Ordering::SeqCst);
        sent
    }
}

impl Server {
    fn start(reply: impl Fn(&str, &mut Sink) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let sent = Arc::<AtomicUsize>::default();
        let (reply, counted): (Arc<Reply>, _) = (Arc::new(reply), Arc::clone(&sent));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (reply, sent) = (Arc::clone(&reply), Arc::clone(&counted));
                thread::spawn(move || serve(stream.unwrap(), sent, &*reply));
            }
        });
        Self { port, sent }
    }

    /// Starts a server that sends this reply to all commands after the login.
    fn with_reply(reply: &str) -> Self {
        let reply = format!("{reply}\r\n");
        Self::start(move |command, sink| {
            sink.send(if command == "AUTH" {
                b"+OK\r\n"
            } else {
                reply.as_bytes()
            });
        })
    }

    fn url(&self, scheme: &str) -> String {
        format!("{scheme}://:{IN_URL}@127.0.0.1:{}", self.port)
    }

    fn store(&self) -> SharedStore {
        open(&self.url("redis"))
    }
}

/// Handles commands until the connection ends.
fn serve(stream: TcpStream, sent: Arc<AtomicUsize>, reply: &Reply) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut sink = Sink { stream, sent };
    loop {
        let mut command = Vec::new();
        for _ in 0..number(&mut reader)? {
            let mut argument = vec![0; number(&mut reader)? + 2];
            reader.read_exact(&mut argument).ok()?;
            command.push(argument);
        }
        let first = String::from_utf8_lossy(command.first()?);
        reply(first.trim(), &mut sink);
    }
}

/// Parses the number in a line such as `*3` or `$5`.
fn number(reader: &mut BufReader<TcpStream>) -> Option<usize> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    line.trim().get(1..)?.parse().ok()
}

/// Returns errors with the password in every possible position.
fn errors_with_password() -> Vec<String> {
    let shapes = [
        "-ERR invalid AUTH *",
        "-ERR unknown command '*', with args beginning with: '*'",
        "-WRONGPASS * \u{1b}[31m *",
        "-NOAUTH *",
        "-NOPERM *",
        "-DENIED *",
        "-*",
        "-* *",
        "-MOVED 1 *:1",
        "-ASK 1 *:1",
        "-READONLY *",
        "+*",
        "$-1*",
    ];
    let all = shapes
        .iter()
        .flat_map(|shape| forms().into_iter().map(move |form| shape.replace('*', &form)));
    all.collect()
}

#[tokio::test]
async fn passwords_in_server_errors_are_not_shown() {
    let logs = LogCapture::new();
    let _guard = logs.install();
    for reply in errors_with_password() {
        assert_nothing_is_shown(&Server::with_reply(&reply).store()).await;
        let line = format!("{reply}\r\n");
        let rejecting = Server::start(move |_, sink| {
            sink.send(line.as_bytes());
        });
        assert_nothing_is_shown(&rejecting.store()).await;
    }
    wait_until("the loss of notifications is reported", async || {
        logs.by_name("evergrant.store_notifications_lost").len() > 10
    })
    .await;
    for record in logs.records() {
        assert_withheld(&format!("{:?}", record.fields));
    }
}

#[tokio::test]
async fn error_codes_are_described() {
    for (reply, kind, text) in [
        (
            "-NOAUTH *",
            StoreErrorKind::Rejected,
            "NOAUTH, the server requires a password",
        ),
        (
            "-WRONGPASS *",
            StoreErrorKind::Rejected,
            "WRONGPASS, the user does not exist",
        ),
        ("-ERR *", StoreErrorKind::Other, "ERR; the text is not shown"),
        ("-OOM *", StoreErrorKind::Other, "OOM, the server's memory is full"),
        ("-*", StoreErrorKind::Other, "unknown error code"),
    ] {
        let store = Server::with_reply(&reply.replace('*', PASSWORD)).store();
        let error = load(&store, &key("a")).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
}

#[tokio::test]
async fn hosts_that_contain_the_password_are_not_resolved() {
    for host in [PASSWORD, "not-a-real-secret-42", "evil\u{1b}[31m", &"a".repeat(300)] {
        let slots = format!("*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n${}\r\n{host}\r\n:1\r\n", host.len());
        let server = Server::start(move |command, sink| {
            sink.send(match command {
                "AUTH" => b"+OK\r\n",
                "CLUSTER" => slots.as_bytes(),
                _ => b"-ERR\r\n",
            });
        });
        let store = open(&server.url("redis+cluster"));
        let error = load(&store, &key("a")).await.unwrap_err();
        assert_withheld_by(&error);
        let text = error.to_string();
        let reason = if host.starts_with("not") {
            "contains the store's password"
        } else {
            "unexpected reply"
        };
        assert!(text.contains(reason), "{text}");
    }
}

#[tokio::test]
async fn unencrypted_redirects_to_other_machines_are_rejected() {
    for reply in ["-MOVED 1 192.0.2.1:6379", "-ASK 1 192.0.2.1:6379"] {
        let slots = b"*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$0\r\n\r\n:*\r\n";
        let reply = format!("{reply}\r\n");
        let server = Server::start(move |command, sink| {
            let port = sink.stream.local_addr().unwrap().port().to_string();
            let slots = String::from_utf8_lossy(slots).replace(":*", &format!(":{port}"));
            sink.send(match command {
                "AUTH" => b"+OK\r\n",
                "CLUSTER" => slots.as_bytes(),
                _ => reply.as_bytes(),
            });
        });
        let error = load(&open(&server.url("redis+cluster")), &key("a")).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Rejected, "{error}");
        assert!(
            error.to_string().contains("192.0.2.1:6379 would not be encrypted"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn records_that_are_too_long_are_rejected() {
    let long = "a".repeat(1024 * 1024 + 1);
    let longest = &long[1..];
    let loaded = |record: String| format!("*2\r\n*2\r\n$10\r\n1800000000\r\n$1\r\n0\r\n{record}");
    for record in [format!("${}\r\n{long}", long.len()), ":104857600".to_owned()] {
        let store = Server::with_reply(&loaded(record)).store();
        let error = load(&store, &key("a")).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unusable, "{error}");
        assert!(error.to_string().contains("larger than any record"), "{error}");
        assert_withheld_by(&error);
    }
    let store = Server::with_reply(&loaded(format!("${}\r\n{longest}", longest.len()))).store();
    assert_eq!(load(&store, &key("a")).await.unwrap().as_deref(), Some(longest));
    let error = store.swap(&key("a"), swap(None, Some(&long))).await.unwrap_err();
    assert!(error.to_string().contains("1048577 bytes"), "{error}");
}

/// Returns the number of bytes that the server has sent.
fn bytes_out(server: &Redis) -> usize {
    let stats = server.command(&["INFO", "stats"]).unwrap();
    let line = stats
        .text()
        .lines()
        .find_map(|line| line.strip_prefix("total_net_output_bytes:"));
    line.unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_large_value_is_not_transferred() {
    let server = Redis::start().unwrap();
    let (store, key) = (open(&server.url()), key("large"));
    assert_eq!(load(&store, &key).await.unwrap(), None);
    let end = (100 * 1024 * 1024).to_string();
    server.command(&["SETRANGE", &name(&key), &end, "a"]).unwrap();
    let before = bytes_out(&server);
    let error = load(&store, &key).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unusable, "{error}");
    assert!(error.to_string().contains("104857601 bytes"), "{error}");
    let sent = bytes_out(&server) - before;
    assert!(sent < 64 * 1024, "{sent} bytes");
}

#[tokio::test]
async fn endless_replies_end_the_connection() {
    for beginning in [
        "$2000000000\r\n",
        "*1000000000\r\n",
        "*2\r\n*1000000000\r\n",
        "+",
        "-ERR ",
    ] {
        let server = Server::start(move |command, sink| {
            let chunk = match beginning {
                "$2000000000\r\n" | "+" | "-ERR " => "a".repeat(64 * 1024),
                _ => ":1\r\n".repeat(16 * 1024),
            };
            match command {
                "AUTH" => drop(sink.send(b"+OK\r\n")),
                "EVALSHA" => {
                    sink.send(beginning.as_bytes());
                    while sink.send(chunk.as_bytes()) {}
                }
                _ => {}
            }
        });
        let store = server.store();
        load(&store, &key("a")).await.unwrap_err();
        // Twice, because a load is repeated when its connection broke; plus the buffers of the kernel (up to 10 MiB for
        // each connection, the maxima of `tcp_rmem` and `tcp_wmem`) and the data in transit.
        let sent = server.sent.load(Ordering::SeqCst);
        assert!(sent < 2 * (16 + 12) * 1024 * 1024, "{beginning:?}: {sent} bytes");
    }
}
