//! What answers at the server's address means us no good: it repeats the password, asks for it in clear text, and sends without end.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use evergrant::store::{SharedStore, StoreErrorKind};
use evergrant_store::store;
use evergrant_testing::LogCapture;
use fleet::engine::Postgres;

use super::password::{IN_URL, PASSWORD, forms, is_withheld, is_withheld_by};
use super::support::{key, load, open, swap, until};

/// Does as its script says with each connection. Its threads end with the test.
struct Server {
    port: u16,
    heard: Arc<Mutex<Vec<u8>>>,
}

/// A connection that somebody has opened to us, past the startup message.
struct Client<S> {
    stream: S,
    /// Whatever it has sent since.
    heard: Arc<Mutex<Vec<u8>>>,
}

const READY: &[u8] = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";
const CLEAR_TEXT: &[u8] = b"R\0\0\0\x08\0\0\0\x03";

impl<S: Read + Write> Client<S> {
    /// Refuses encryption, should it be asked for.
    fn accept(mut stream: S, heard: Arc<Mutex<Vec<u8>>>) -> Option<Self> {
        let mut length = [0; 4];
        loop {
            stream.read_exact(&mut length).ok()?;
            let mut rest = vec![0; (u32::from_be_bytes(length) as usize).checked_sub(4)?];
            stream.read_exact(&mut rest).ok()?;
            if rest != [4, 210, 22, 47] {
                return Some(Self { stream, heard });
            }
            stream.write_all(b"N").ok()?;
        }
    }

    fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// What it sends next, if it does.
    fn hear(&mut self) -> Option<Vec<u8>> {
        let mut bytes = vec![0; 4096];
        let count = self.stream.read(&mut bytes).ok().filter(|count| *count > 0)?;
        bytes.truncate(count);
        self.heard.lock().unwrap().extend_from_slice(&bytes);
        Some(bytes)
    }
}

impl Server {
    fn start(script: impl Fn(&mut Client<TcpStream>) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heard, script) = (Arc::<Mutex<_>>::default(), Arc::new(script));
        let everything = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (heard, script) = (Arc::clone(&everything), Arc::clone(&script));
                thread::spawn(move || {
                    let mut client = Client::accept(stream.unwrap(), heard)?;
                    script(&mut client);
                    client.stream.shutdown(Shutdown::Both).ok()
                });
            }
        });
        Self { port, heard }
    }

    fn url(&self) -> String {
        format!("postgres://app:{IN_URL}@127.0.0.1:{}/db", self.port)
    }

    fn heard(&self) -> Vec<u8> {
        self.heard.lock().unwrap().clone()
    }
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[kind], &length[..], body].concat()
}

/// An error (`E`) or a notice (`N`) with this code, and this text wherever there may be one.
fn said(kind: u8, code: &str, text: &str) -> Vec<u8> {
    let fields = ["SERROR".to_owned(), "VERROR".to_owned(), format!("C{code}")];
    let texts = "MDHWstcdnFR".chars().map(|field| format!("{field}{text}"));
    let body = fields.into_iter().chain(texts).map(|field| field + "\0");
    message(kind, format!("{}\0", body.collect::<String>()).as_bytes())
}

/// Waits for what ends a question: a simple query, or `Sync`.
fn is_asked(client: &mut Client<impl Read + Write>) -> bool {
    let mut bytes = Vec::new();
    while let Some(more) = client.hear() {
        bytes.extend(more);
        if bytes.starts_with(b"Q") || bytes.ends_with(b"S\0\0\0\x04") {
            return true;
        }
    }
    false
}

/// To the question that the driver puts first: whether the server writes.
fn writes(client: &mut Client<impl Read + Write>) -> bool {
    let column = b"\0\x01transaction_read_only\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0";
    let answer = [
        message(b'T', column),
        message(b'D', b"\0\x01\0\0\0\x03off"),
        message(b'C', b"SHOW\0"),
        message(b'Z', b"I"),
    ];
    client.send(READY) && is_asked(client) && client.send(&answer.concat())
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
    log::set_logger(&DRIVERS_LOG).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    for form in forms() {
        for code in ["28P01", "28000", "3D000", "42501", "57P03", "QQ123", PASSWORD] {
            let error = said(b'E', code, &format!("failed for password \"{form}\"\n\u{1b}[31m"));
            let (at_the_door, notice) = (error.clone(), said(b'N', "00000", &form));
            let server = Server::start(move |client| drop(client.send(&at_the_door).then(|| client.hear())));
            nothing_is_told(&open(&server.url())).await;
            let server = Server::start(move |client| {
                let answer = [notice.clone(), error.clone(), message(b'Z', b"I")].concat();
                let _ = writes(client);
                while is_asked(client) && client.send(&answer) {}
            });
            let store = open(&server.url());
            nothing_is_told(&store).await;
            // It came as far as that.
            let told = load(&store, &key("a")).await.unwrap_err().to_string();
            assert_eq!(told.contains("[42501]"), code == "42501", "{told}");
        }
    }
    until("the loss of notifications is told of", async || {
        logs.named("evergrant.store_notifications_lost").len() > 10
    })
    .await;
    for record in logs.records() {
        is_withheld(&format!("{:?}", record.fields));
    }
    let drivers = DRIVERS_LOG.0.lock().unwrap();
    assert!(!drivers.is_empty());
    drivers.iter().for_each(|line| is_withheld(line));
}

/// What the driver has to say, which programs may send to their own log.
struct DriversLog(Mutex<Vec<String>>);

static DRIVERS_LOG: DriversLog = DriversLog(Mutex::new(Vec::new()));

impl log::Log for DriversLog {
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
async fn what_a_server_means_is_told_all_the_same() {
    for (code, kind, told) in [
        (
            "28P01",
            StoreErrorKind::Refused,
            "password authentication failed [28P01]",
        ),
        (
            "28000",
            StoreErrorKind::Refused,
            "pg_hba.conf lets this user in from here",
        ),
        ("3D000", StoreErrorKind::Other, "\"db\" does not exist [3D000]"),
        ("53300", StoreErrorKind::Unavailable, "too many connections [53300]"),
        ("not-a-code", StoreErrorKind::Other, "not known here"),
    ] {
        let error = said(b'E', code, PASSWORD);
        let server = Server::start(move |client| drop(client.send(&error).then(|| client.hear())));
        let error = load(&open(&server.url()), &key("a")).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(told), "{error}");
    }
}

/// The password itself, as it would be sent.
fn has_password(heard: &[u8]) -> bool {
    heard.windows(PASSWORD.len()).any(|part| part == PASSWORD.as_bytes())
}

#[tokio::test]
async fn a_password_in_clear_text_is_not_sent_without_encryption() {
    // At once, and in pieces.
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
                client.hear();
            });
            let error = load(&open(&format!("{}{options}", server.url())), &key("a"))
                .await
                .unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Refused, "{error}");
            let told = error.to_string();
            for remedy in ["scram-sha-256", "TLS", "danger_allow_clear_text_password()"] {
                assert!(told.contains(remedy), "{told}");
            }
            is_withheld_by(&error);
            assert!(!has_password(&server.heard()));
        }
    }
}

#[tokio::test]
async fn nor_is_it_off_this_machine_whatever_is_allowed() {
    let server = Server::start(|client| drop(client.send(CLEAR_TEXT).then(|| client.hear())));
    // Loopback as well, and not among the addresses that are known to be.
    let elsewhere = server.url().replace("127.0.0.1", "0.0.0.0");
    let store = store(&format!("{elsewhere}?sslmode=disable"))
        .danger_plaintext()
        .danger_allow_unencrypted_connection()
        .danger_allow_clear_text_password();
    let error = load(&store.build().unwrap(), &key("a")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Refused, "{error}");
    let told = error.to_string();
    assert!(
        told.contains("scram-sha-256") && !told.contains("danger_allow"),
        "{told}"
    );
    assert!(!has_password(&server.heard()));
}

#[tokio::test]
async fn a_server_on_this_machine_is_given_it_where_that_is_allowed() {
    let server = Server::start(|client| {
        let _ = client.send(CLEAR_TEXT) && client.hear().is_some() && writes(client);
        while is_asked(client) && client.send(&said(b'E', "42501", "")) {}
    });
    let store = store(&server.url())
        .danger_plaintext()
        .danger_allow_clear_text_password();
    load(&store.build().unwrap(), &key("a")).await.unwrap_err();
    assert!(has_password(&server.heard()));
}

#[tokio::test]
async fn a_socket_is_no_other_way_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(folder.path().join(".s.PGSQL.1")).unwrap();
    let heard = Arc::<Mutex<Vec<u8>>>::default();
    let everything = Arc::clone(&heard);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut client = Client::accept(stream.unwrap(), Arc::clone(&everything)).unwrap();
            client.send(CLEAR_TEXT);
            client.hear();
        }
    });
    let url = format!("postgres://app:{IN_URL}@/db?host={}&port=1", folder.path().display());
    let error = load(&open(&url), &key("a")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Refused, "{error}");
    assert!(
        error.to_string().contains("danger_allow_clear_text_password()"),
        "{error}"
    );
    assert!(!has_password(&heard.lock().unwrap()));
    let allowed = store(&url).danger_plaintext().danger_allow_clear_text_password();
    load(&allowed.build().unwrap(), &key("a")).await.unwrap_err();
    assert!(has_password(&heard.lock().unwrap()));
}

#[tokio::test]
async fn real_servers_ask_for_it_in_vain_or_with_permission() {
    let server = Postgres::builder().password("not-a-real-secret").start().unwrap();
    server.ask("ALTER SYSTEM SET password_encryption = 'md5'").unwrap();
    for (method, password_stays_here) in [("password", true), ("md5", false), ("scram-sha-256", false)] {
        authenticate_by(&server, method);
        let refused = load(&open(&server.url()), &key("a")).await;
        let allowed = store(&server.url())
            .danger_plaintext()
            .danger_allow_clear_text_password();
        assert_eq!(
            load(&allowed.build().unwrap(), &key("a")).await.unwrap(),
            None,
            "{method}"
        );
        assert_eq!(refused.is_err(), password_stays_here, "{method}: {refused:?}");
    }
}

/// Has a server ask for passwords in this way.
fn authenticate_by(server: &Postgres, method: &str) {
    let encryption = if method == "md5" { "md5" } else { "scram-sha-256" };
    server
        .ask(&format!(
            "SET password_encryption = '{encryption}'; ALTER ROLE evergrant PASSWORD 'not-a-real-secret'"
        ))
        .unwrap();
    let file = server.ask("SHOW hba_file").unwrap();
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
    server.ask("SELECT pg_reload_conf()").unwrap();
}

#[tokio::test]
async fn what_a_server_says_in_the_course_of_a_proof_is_withheld_and_no_work_without_end_done() {
    for (iterations, told) in [
        (1, "proof of the password"),
        (100_001, "more than 100000 times"),
        (u32::MAX, "more than 100000 times"),
    ] {
        let server = Server::start(move |client| {
            client.send(&message(b'R', b"\0\0\0\x0aSCRAM-SHA-256\0\0"));
            let Some(first) = client.hear() else { return };
            let first = String::from_utf8_lossy(&first).into_owned();
            let nonce = first.split("r=").nth(1).unwrap();
            let next = format!("\0\0\0\x0br={nonce}x,s=c2FsdA==,i={iterations}");
            client.send(&message(b'R', next.as_bytes()));
            if client.hear().is_some() {
                client.send(&message(b'R', format!("\0\0\0\x0ce={PASSWORD}").as_bytes()));
                client.hear();
            }
        });
        let error = load(&open(&server.url()), &key("a")).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Refused, "{error}");
        assert!(error.to_string().contains(told), "{error}");
        is_withheld_by(&error);
    }
}

/// Between us and a server, counting what comes from there.
async fn counted(server: &Postgres) -> (String, Arc<AtomicUsize>) {
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
async fn a_hundred_megabytes_in_a_row_stay_where_they_are() {
    let server = Postgres::start().unwrap();
    let (url, count) = counted(&server).await;
    let (store, key) = (open(&url), key("large"));
    assert_eq!(load(&store, &key).await.unwrap(), None);
    let insert = |length: usize| {
        let value = format!("repeat('a', {length})");
        let row = format!(
            "INSERT INTO evergrant.evergrant_tokens (key, record, keep_until) VALUES ('{key}', {value}, now() + interval '1 hour') \
             ON CONFLICT (key) DO UPDATE SET record = excluded.record"
        );
        server.ask(&row).unwrap();
    };
    insert(100 * 1024 * 1024);
    let before = count.load(Ordering::SeqCst);
    let error = load(&store, &key).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unusable, "{error}");
    let told = error.to_string();
    assert!(
        told.contains("104857600 bytes") && told.contains("larger than any record"),
        "{told}"
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
async fn a_server_that_sends_without_end_is_left() {
    let sent = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&sent);
    // Rows to whatever is asked, of a megabyte each, or one that has no end.
    for row in [1 << 20, 1 << 30] {
        count.store(0, Ordering::SeqCst);
        let count = Arc::clone(&count);
        let server = Server::start(move |client| {
            let chunk = vec![b'a'; 1 << 16];
            if !writes(client) || !is_asked(client) {
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
        is_withheld_by(&error);
        // Twice, for a load whose connection broke is repeated, and the listener; and what the network holds.
        let sent = sent.load(Ordering::SeqCst);
        assert!(
            sent > 8 * 1024 * 1024 && sent < 3 * (16 + 8) * 1024 * 1024,
            "{sent} bytes"
        );
    }
}
