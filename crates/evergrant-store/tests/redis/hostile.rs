//! What answers at the server's address means us no good: it repeats the password, sends without end, and sends us elsewhere.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use evergrant::store::{SharedStore, StoreErrorKind};
use evergrant_testing::LogCapture;
use fleet::engine::Redis;

use super::password::{IN_URL, PASSWORD, forms, is_withheld, is_withheld_by};
use super::support::{key, load, name, open, swap, until};

/// Gives the same answer to each command, but for those that let us in. Its threads end with the test.
struct Server {
    port: u16,
    /// How much it could send, in bytes.
    sent: Arc<AtomicUsize>,
}

/// What a server does with a command.
type Reply = dyn Fn(&str, &mut Sink) + Send + Sync;

/// The way back to us.
struct Sink {
    stream: TcpStream,
    sent: Arc<AtomicUsize>,
}

impl Sink {
    /// Whether anybody still takes it.
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

    /// One that says this to all commands after the login.
    fn saying(answer: &str) -> Self {
        let answer = format!("{answer}\r\n");
        Self::start(move |command, sink| {
            sink.send(if command == "AUTH" {
                b"+OK\r\n"
            } else {
                answer.as_bytes()
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

/// One command after the other, until the connection ends.
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

/// Of a line such as `*3` or `$5`.
fn number(reader: &mut BufReader<TcpStream>) -> Option<usize> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    line.trim().get(1..)?.parse().ok()
}

/// Errors with the password in every place where a server can put it.
fn betrayals() -> Vec<String> {
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

/// Loading, writing and listing, none of which succeeds, and no word about the password.
async fn nothing_is_told(store: &SharedStore) {
    is_withheld_by(&load(store, &key("a")).await.unwrap_err());
    is_withheld_by(&store.swap(&key("a"), swap(None, Some("record"))).await.unwrap_err());
    is_withheld_by(&store.keys().await.unwrap_err());
    is_withheld(&format!("{store:?}"));
}

#[tokio::test]
async fn a_password_that_a_server_repeats_is_shown_nowhere() {
    let logs = LogCapture::new();
    let _guard = logs.install();
    for answer in betrayals() {
        nothing_is_told(&Server::saying(&answer).store()).await;
        let line = format!("{answer}\r\n");
        let at_the_door = Server::start(move |_, sink| {
            sink.send(line.as_bytes());
        });
        nothing_is_told(&at_the_door.store()).await;
    }
    until("the loss of notifications is told of", async || {
        logs.named("evergrant.store_notifications_lost").len() > 10
    })
    .await;
    for record in logs.records() {
        is_withheld(&format!("{:?}", record.fields));
    }
}

#[tokio::test]
async fn what_a_server_means_is_told_all_the_same() {
    for (answer, kind, told) in [
        (
            "-NOAUTH *",
            StoreErrorKind::Refused,
            "NOAUTH, the server asks for a password",
        ),
        (
            "-WRONGPASS *",
            StoreErrorKind::Refused,
            "WRONGPASS, the server knows no such user",
        ),
        ("-ERR *", StoreErrorKind::Other, "ERR; what else it says is not shown"),
        ("-OOM *", StoreErrorKind::Other, "OOM, the server's memory is full"),
        ("-*", StoreErrorKind::Other, "an unknown code"),
    ] {
        let store = Server::saying(&answer.replace('*', PASSWORD)).store();
        let error = load(&store, &key("a")).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[tokio::test]
async fn a_server_of_a_cluster_that_is_named_by_the_password_is_not_looked_up() {
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
        is_withheld_by(&error);
        let told = error.to_string();
        let reason = if host.starts_with("not") {
            "by the store's password"
        } else {
            "makes no sense"
        };
        assert!(told.contains(reason), "{told}");
    }
}

#[tokio::test]
async fn a_password_does_not_follow_a_redirect_that_leaves_this_machine() {
    for answer in ["-MOVED 1 192.0.2.1:6379", "-ASK 1 192.0.2.1:6379"] {
        let slots = b"*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$0\r\n\r\n:*\r\n";
        let answer = format!("{answer}\r\n");
        let server = Server::start(move |command, sink| {
            let port = sink.stream.local_addr().unwrap().port().to_string();
            let slots = String::from_utf8_lossy(slots).replace(":*", &format!(":{port}"));
            sink.send(match command {
                "AUTH" => b"+OK\r\n",
                "CLUSTER" => slots.as_bytes(),
                _ => answer.as_bytes(),
            });
        });
        let error = load(&open(&server.url("redis+cluster")), &key("a")).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Refused, "{error}");
        assert!(
            error.to_string().contains("192.0.2.1:6379 would not be encrypted"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_record_that_is_too_long_is_refused_whatever_a_server_makes_of_it() {
    let long = "a".repeat(1024 * 1024 + 1);
    let longest = &long[1..];
    let loaded = |record: String| format!("*2\r\n*2\r\n$10\r\n1800000000\r\n$1\r\n0\r\n{record}");
    for record in [format!("${}\r\n{long}", long.len()), ":104857600".to_owned()] {
        let store = Server::saying(&loaded(record)).store();
        let error = load(&store, &key("a")).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unusable, "{error}");
        assert!(error.to_string().contains("larger than any record"), "{error}");
        is_withheld_by(&error);
    }
    let store = Server::saying(&loaded(format!("${}\r\n{longest}", longest.len()))).store();
    assert_eq!(load(&store, &key("a")).await.unwrap().as_deref(), Some(longest));
    let error = store.swap(&key("a"), swap(None, Some(&long))).await.unwrap_err();
    assert!(error.to_string().contains("1048577 bytes"), "{error}");
}

/// What has gone over the network from there.
fn bytes_out(server: &Redis) -> usize {
    let stats = server.ask(&["INFO", "stats"]).unwrap();
    let line = stats
        .text()
        .lines()
        .find_map(|line| line.strip_prefix("total_net_output_bytes:"));
    line.unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_hundred_megabytes_under_a_key_stay_where_they_are() {
    let server = Redis::start().unwrap();
    let (store, key) = (open(&server.url()), key("large"));
    assert_eq!(load(&store, &key).await.unwrap(), None);
    let end = (100 * 1024 * 1024).to_string();
    server.ask(&["SETRANGE", &name(&key), &end, "a"]).unwrap();
    let before = bytes_out(&server);
    let error = load(&store, &key).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unusable, "{error}");
    assert!(error.to_string().contains("104857601 bytes"), "{error}");
    let sent = bytes_out(&server) - before;
    assert!(sent < 64 * 1024, "{sent} bytes");
}

#[tokio::test]
async fn a_server_that_sends_without_end_is_left() {
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
        // Twice, for a load whose connection broke is repeated; and what the kernel holds, which is up to 10 MiB for a connection
        // (the maxima of `tcp_rmem` and `tcp_wmem`), and what was on its way between the two.
        let sent = server.sent.load(Ordering::SeqCst);
        assert!(sent < 2 * (16 + 12) * 1024 * 1024, "{beginning:?}: {sent} bytes");
    }
}
