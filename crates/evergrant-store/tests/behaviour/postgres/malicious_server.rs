//! Malicious servers: they repeat the password, request it in clear text, and send endless responses.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use evergrant::store::StoreErrorKind;
use evergrant_store::store;
use evergrant_testing::LogCapture;
use store_faults::engine::Postgres;

use super::support::{key, load, open, swap, wait_until};
use crate::test_password::{IN_URL, PASSWORD, assert_nothing_is_shown, assert_withheld, assert_withheld_by, forms};

/// A server that runs a script for each connection. Its threads end with the test.
struct Server {
    port: u16,
    received: Arc<Mutex<Vec<u8>>>,
}

/// A client's connection after its startup message.
struct Client<S> {
    stream: S,
    /// All bytes that the client has sent since.
    received: Arc<Mutex<Vec<u8>>>,
}

const READY: &[u8] = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";
const CLEAR_TEXT: &[u8] = b"R\0\0\0\x08\0\0\0\x03";

impl<S: Read + Write> Client<S> {
    /// Reads the startup message. Rejects requests for TLS.
    fn accept(mut stream: S, received: Arc<Mutex<Vec<u8>>>) -> Option<Self> {
        let mut length = [0; 4];
        loop {
            stream.read_exact(&mut length).ok()?;
            let mut rest = vec![0; (u32::from_be_bytes(length) as usize).checked_sub(4)?];
            stream.read_exact(&mut rest).ok()?;
            if rest != [4, 210, 22, 47] {
                return Some(Self { stream, received });
            }
            stream.write_all(b"N").ok()?;
        }
    }

    fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// Receives the next bytes of the client.
    fn receive(&mut self) -> Option<Vec<u8>> {
        let mut bytes = vec![0; 4096];
        let count = self.stream.read(&mut bytes).ok().filter(|count| *count > 0)?;
        bytes.truncate(count);
        self.received.lock().unwrap().extend_from_slice(&bytes);
        Some(bytes)
    }
}

impl Server {
    fn start(script: impl Fn(&mut Client<TcpStream>) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (received, script) = (Arc::<Mutex<_>>::default(), Arc::new(script));
        let everything = Arc::clone(&received);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (received, script) = (Arc::clone(&everything), Arc::clone(&script));
                thread::spawn(move || {
                    let mut client = Client::accept(stream.unwrap(), received)?;
                    script(&mut client);
                    client.stream.shutdown(Shutdown::Both).ok()
                });
            }
        });
        Self { port, received }
    }

    fn url(&self) -> String {
        format!("postgres://app:{IN_URL}@127.0.0.1:{}/db", self.port)
    }

    fn received(&self) -> Vec<u8> {
        self.received.lock().unwrap().clone()
    }
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[kind], &length[..], body].concat()
}

/// Returns an error (`E`) or a notice (`N`) with this code, and this text in all fields.
fn error_message(kind: u8, code: &str, text: &str) -> Vec<u8> {
    let fields = ["SERROR".to_owned(), "VERROR".to_owned(), format!("C{code}")];
    let texts = "MDHWstcdnFR".chars().map(|field| format!("{field}{text}"));
    let body = fields.into_iter().chain(texts).map(|field| field + "\0");
    message(kind, format!("{}\0", body.collect::<String>()).as_bytes())
}

/// Waits for a complete request: a simple query or `Sync`.
fn receive_request(client: &mut Client<impl Read + Write>) -> bool {
    let mut bytes = Vec::new();
    while let Some(more) = client.receive() {
        bytes.extend(more);
        if bytes.starts_with(b"Q") || bytes.ends_with(b"S\0\0\0\x04") {
            return true;
        }
    }
    false
}

/// Replies to the driver's first request that the server accepts writes.
fn reply_writable(client: &mut Client<impl Read + Write>) -> bool {
    let column = b"\0\x01transaction_read_only\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0";
    let response = [
        message(b'T', column),
        message(b'D', b"\0\x01\0\0\0\x03off"),
        message(b'C', b"SHOW\0"),
        message(b'Z', b"I"),
    ];
    client.send(READY) && receive_request(client) && client.send(&response.concat())
}

#[tokio::test]
async fn passwords_in_server_errors_are_not_shown() {
    let logs = LogCapture::new();
    let _guard = logs.install();
    log::set_logger(&DRIVER_LOG).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    for form in forms() {
        for code in ["28P01", "28000", "3D000", "42501", "57P03", "QQ123", PASSWORD] {
            let error = error_message(b'E', code, &format!("failed for password \"{form}\"\n\u{1b}[31m"));
            let (rejection, notice) = (error.clone(), error_message(b'N', "00000", &form));
            let server = Server::start(move |client| drop(client.send(&rejection).then(|| client.receive())));
            assert_nothing_is_shown(&open(&server.url())).await;
            let server = Server::start(move |client| {
                let response = [notice.clone(), error.clone(), message(b'Z', b"I")].concat();
                let _ = reply_writable(client);
                while receive_request(client) && client.send(&response) {}
            });
            let store = open(&server.url());
            assert_nothing_is_shown(&store).await;
            // The client has received the error.
            let text = load(&store, &key("a")).await.unwrap_err().to_string();
            assert_eq!(text.contains("[42501]"), code == "42501", "{text}");
        }
    }
    wait_until("the loss of notifications is reported", async || {
        logs.by_name("evergrant.store_notifications_lost").len() > 10
    })
    .await;
    for record in logs.records() {
        assert_withheld(&format!("{:?}", record.fields));
    }
    let lines = DRIVER_LOG.0.lock().unwrap();
    assert!(!lines.is_empty());
    lines.iter().for_each(|line| assert_withheld(line));
}

/// The log of the driver, which programs may send to their own log.
struct DriverLog(Mutex<Vec<String>>);

static DRIVER_LOG: DriverLog = DriverLog(Mutex::new(Vec::new()));

impl log::Log for DriverLog {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        if record.target().starts_with("tokio_postgres") {
            self.0.lock().unwrap().push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

#[tokio::test]
async fn error_codes_are_described() {
    for (code, kind, text) in [
        (
            "28P01",
            StoreErrorKind::Rejected,
            "password authentication failed [28P01]",
        ),
        (
            "28000",
            StoreErrorKind::Rejected,
            "pg_hba.conf does not allow this user",
        ),
        ("3D000", StoreErrorKind::Other, "\"db\" does not exist [3D000]"),
        ("53300", StoreErrorKind::Unavailable, "too many connections [53300]"),
        ("not-a-code", StoreErrorKind::Other, "unknown error code"),
    ] {
        let error = error_message(b'E', code, PASSWORD);
        let server = Server::start(move |client| drop(client.send(&error).then(|| client.receive())));
        let error = load(&open(&server.url()), &key("a")).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
}

/// Returns whether the password was sent in clear text.
fn has_password(received: &[u8]) -> bool {
    received.windows(PASSWORD.len()).any(|part| part == PASSWORD.as_bytes())
}

#[tokio::test]
async fn a_password_in_clear_text_is_not_sent_without_encryption() {
    // In one piece and in several.
    let scripts: [Vec<Vec<u8>>; 2] = [
        vec![CLEAR_TEXT.to_vec()],
        CLEAR_TEXT.chunks(2).map(<[u8]>::to_vec).collect(),
    ];
    for script in scripts {
        for options in ["", "?sslmode=disable", "?sslmode=prefer"] {
            let script = script.clone();
            let server = Server::start(move |client| {
                client.stream.set_nodelay(true).unwrap();
                let _ = script.iter().all(|piece| client.send(piece));
                client.receive();
            });
            let error = load(&open(&format!("{}{options}", server.url())), &key("a"))
                .await
                .unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Rejected, "{error}");
            let text = error.to_string();
            for remedy in ["scram-sha-256", "TLS", "danger_allow_clear_text_password()"] {
                assert!(text.contains(remedy), "{text}");
            }
            assert_withheld_by(&error);
            assert!(!has_password(&server.received()));
        }
    }
}

#[tokio::test]
async fn a_clear_text_password_is_never_sent_to_another_machine() {
    let server = Server::start(|client| drop(client.send(CLEAR_TEXT).then(|| client.receive())));
    // Also this machine, but not a known loopback address.
    let elsewhere = server.url().replace("127.0.0.1", "0.0.0.0");
    let store = store(&format!("{elsewhere}?sslmode=disable"))
        .danger_plaintext()
        .danger_allow_unencrypted_connection()
        .danger_allow_clear_text_password();
    let error = load(&store.build().unwrap(), &key("a")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Rejected, "{error}");
    let text = error.to_string();
    assert!(
        text.contains("scram-sha-256") && !text.contains("danger_allow"),
        "{text}"
    );
    assert!(!has_password(&server.received()));
}

#[tokio::test]
async fn a_server_on_this_machine_receives_the_password_if_allowed() {
    let server = Server::start(|client| {
        let _ = client.send(CLEAR_TEXT) && client.receive().is_some() && reply_writable(client);
        while receive_request(client) && client.send(&error_message(b'E', "42501", "")) {}
    });
    let store = store(&server.url())
        .danger_plaintext()
        .danger_allow_clear_text_password();
    load(&store.build().unwrap(), &key("a")).await.unwrap_err();
    assert!(has_password(&server.received()));
}

#[tokio::test]
async fn unix_sockets_need_the_same_permission() {
    let folder = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(folder.path().join(".s.PGSQL.1")).unwrap();
    let received = Arc::<Mutex<Vec<u8>>>::default();
    let everything = Arc::clone(&received);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut client = Client::accept(stream.unwrap(), Arc::clone(&everything)).unwrap();
            client.send(CLEAR_TEXT);
            client.receive();
        }
    });
    let url = format!("postgres://app:{IN_URL}@/db?host={}&port=1", folder.path().display());
    let error = load(&open(&url), &key("a")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Rejected, "{error}");
    assert!(
        error.to_string().contains("danger_allow_clear_text_password()"),
        "{error}"
    );
    assert!(!has_password(&received.lock().unwrap()));
    let allowed = store(&url).danger_plaintext().danger_allow_clear_text_password();
    load(&allowed.build().unwrap(), &key("a")).await.unwrap_err();
    assert!(has_password(&received.lock().unwrap()));
}

#[tokio::test]
async fn real_servers_receive_the_password_only_with_permission() {
    let server = Postgres::builder().password("not-a-real-secret").start().unwrap();
    server.sql("ALTER SYSTEM SET password_encryption = 'md5'").unwrap();
    for (method, needs_permission) in [("password", true), ("md5", false), ("scram-sha-256", false)] {
        set_auth_method(&server, method);
        let without_permission = load(&open(&server.url()), &key("a")).await;
        let allowed = store(&server.url())
            .danger_plaintext()
            .danger_allow_clear_text_password();
        assert_eq!(
            load(&allowed.build().unwrap(), &key("a")).await.unwrap(),
            None,
            "{method}"
        );
        assert_eq!(
            without_permission.is_err(),
            needs_permission,
            "{method}: {without_permission:?}"
        );
    }
}

/// Configures the authentication method of a server.
fn set_auth_method(server: &Postgres, method: &str) {
    let encryption = if method == "md5" { "md5" } else { "scram-sha-256" };
    server
        .sql(&format!(
            "SET password_encryption = '{encryption}'; ALTER ROLE evergrant PASSWORD 'not-a-real-secret'"
        ))
        .unwrap();
    let file = server.sql("SHOW hba_file").unwrap();
    let rules = std::fs::read_to_string(&file).unwrap();
    let changed = rules
        .lines()
        .map(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["host" | "local", .., "md5" | "password" | "scram-sha-256"] => {
                let (rule, _) = line.trim_end().rsplit_once(char::is_whitespace).unwrap();
                format!("{rule} {method}\n")
            }
            _ => format!("{line}\n"),
        });
    std::fs::write(&file, changed.collect::<String>()).unwrap();
    server.sql("SELECT pg_reload_conf()").unwrap();
}

#[tokio::test]
async fn scram_errors_are_not_shown_and_iterations_are_limited() {
    for (iterations, text) in [
        (1, "proof of the password"),
        (100_001, "more than 100000 hash iterations"),
        (u32::MAX, "more than 100000 hash iterations"),
    ] {
        let server = Server::start(move |client| {
            client.send(&message(b'R', b"\0\0\0\x0aSCRAM-SHA-256\0\0"));
            let Some(first) = client.receive() else { return };
            let first = String::from_utf8_lossy(&first).into_owned();
            let nonce = first.split("r=").nth(1).unwrap();
            let next = format!("\0\0\0\x0br={nonce}x,s=c2FsdA==,i={iterations}");
            client.send(&message(b'R', next.as_bytes()));
            if client.receive().is_some() {
                client.send(&message(b'R', format!("\0\0\0\x0ce={PASSWORD}").as_bytes()));
                client.receive();
            }
        });
        let error = load(&open(&server.url()), &key("a")).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Rejected, "{error}");
        assert!(error.to_string().contains(text), "{error}");
        assert_withheld_by(&error);
    }
}

/// Starts a proxy that counts the bytes from the server. Returns its URL and the count.
async fn counting_proxy(server: &Postgres) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, to) = (listener.local_addr().unwrap().port(), server.port());
    let count = Arc::<AtomicUsize>::default();
    let counter = Arc::clone(&count);
    thread::spawn(move || {
        for near in listener.incoming() {
            let (mut near, mut far) = (near.unwrap(), TcpStream::connect(("127.0.0.1", to)).unwrap());
            let (mut from, mut back) = (far.try_clone().unwrap(), near.try_clone().unwrap());
            let counter = Arc::clone(&counter);
            thread::spawn(move || std::io::copy(&mut near, &mut far));
            thread::spawn(move || {
                let mut bytes = vec![0; 64 * 1024];
                while let Ok(read @ 1..) = from.read(&mut bytes) {
                    counter.fetch_add(read, Ordering::SeqCst);
                    if back.write_all(&bytes[..read]).is_err() {
                        break;
                    }
                }
            });
        }
    });
    (server.url().replace(&to.to_string(), &port.to_string()), count)
}

#[tokio::test]
async fn a_large_record_is_not_transferred() {
    let server = Postgres::start().unwrap();
    let (url, count) = counting_proxy(&server).await;
    let (store, key) = (open(&url), key("large"));
    assert_eq!(load(&store, &key).await.unwrap(), None);
    let insert = |length: usize| {
        let value = format!("repeat('a', {length})");
        let row = format!(
            "INSERT INTO evergrant.evergrant_tokens (key, record, keep_until) VALUES ('{key}', {value}, now() + \
             interval '1 hour') ON CONFLICT (key) DO UPDATE SET record = excluded.record"
        );
        server.sql(&row).unwrap();
    };
    insert(100 * 1024 * 1024);
    let before = count.load(Ordering::SeqCst);
    let error = load(&store, &key).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unusable, "{error}");
    let text = error.to_string();
    assert!(
        text.contains("104857600 bytes") && text.contains("larger than any record"),
        "{text}"
    );
    let sent = count.load(Ordering::SeqCst) - before;
    assert!(sent < 64 * 1024, "{sent} bytes");

    insert(1024 * 1024 + 1);
    assert_eq!(load(&store, &key).await.unwrap_err().kind(), StoreErrorKind::Unusable);
    insert(1024 * 1024);
    assert_eq!(
        load(&store, &key).await.unwrap().map(|record| record.len()),
        Some(1024 * 1024)
    );
    let long = "a".repeat(1024 * 1024 + 1);
    let error = store.swap(&key, swap(None, Some(&long))).await.unwrap_err();
    assert!(error.to_string().contains("1048577 bytes"), "{error}");
}

#[tokio::test]
async fn endless_responses_end_the_connection() {
    let sent = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&sent);
    // Sends rows of a megabyte each, or one endless row.
    for row in [1 << 20, 1 << 30] {
        count.store(0, Ordering::SeqCst);
        let count = Arc::clone(&count);
        let server = Server::start(move |client| {
            let chunk = vec![b'a'; 1 << 16];
            if !reply_writable(client) || !receive_request(client) {
                return;
            }
            let column = b"\0\x01a\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0";
            client.send(&[message(b'1', b""), message(b'2', b""), message(b'T', column)].concat());
            loop {
                let lengths = [(row + 10_u32).to_be_bytes(), [0, 1, 0, 0]].concat();
                client.send(&[b"D", &lengths[..6], &row.to_be_bytes()].concat());
                for _ in 0..row >> 16 {
                    if !client.send(&chunk) {
                        return;
                    }
                    count.fetch_add(chunk.len(), Ordering::SeqCst);
                }
            }
        });
        let error = load(&open(&server.url()), &key("a")).await.unwrap_err();
        assert_withheld_by(&error);
        // Twice, because a load is repeated when its connection broke, and once for the listener; plus the buffers of
        // the kernel.
        let sent = sent.load(Ordering::SeqCst);
        assert!(
            sent > 8 * 1024 * 1024 && sent < 3 * (16 + 8) * 1024 * 1024,
            "{sent} bytes"
        );
    }
}
