//! Stores shared by several machines, with real Redis and Postgres servers.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use serde_json::Value;
use store_faults::engine::{Postgres, Redis};

use crate::support::{Fixture, RunResult};
use crate::token_cache::success_with_warning;

const PASSWORD: &str = "hush-hush";

/// Runs programs with one store and its keys in their environment.
struct SharedStore<'a> {
    fixture: &'a Fixture,
    url: String,
    keys: String,
}

impl<'a> SharedStore<'a> {
    fn new(fixture: &'a Fixture, url: String) -> Self {
        let keys = fixture.run_raw(&["store", "new-key", "one"], "").success();
        Self { fixture, url, keys }
    }

    fn run(&self, command: &str, extra: &[&str]) -> RunResult {
        self.run_with(&self.keys, command, extra)
    }

    fn run_with(&self, keys: &str, command: &str, extra: &[&str]) -> RunResult {
        let environment = [("EVERGRANT_STORE", self.url.as_str()), ("EVERGRANT_STORE_KEYS", keys)];
        self.checked(self.fixture.run_with_env(&environment, command, extra))
    }

    fn run_store(&self, arguments: &[&str]) -> RunResult {
        let mut command = self.fixture.command(&[&["store"], arguments].concat());
        let output = command.env("EVERGRANT_STORE", &self.url).output().unwrap();
        let result = self.checked(RunResult::from_output(&output));
        assert!(!result.stdout.contains("test-token-"), "{}", result.stdout);
        result
    }

    fn records(&self) -> Vec<Value> {
        let mut json: Value = serde_json::from_str(&self.run_store(&["status", "--json"]).success()).unwrap();
        serde_json::from_value(json["records"].take()).unwrap()
    }

    fn checked(&self, result: RunResult) -> RunResult {
        let key = self.keys.trim().split_once(':').unwrap().1;
        for text in [&result.stdout, &result.stderr] {
            assert!(!text.contains(PASSWORD) && !text.contains(key), "{text}");
        }
        assert!(!result.stderr.contains("test-token-"), "{}", result.stderr);
        result
    }

    /// Checks the behaviour with a store that is available.
    fn check_shared(&self) {
        let first = self.run("token", &[]).success();
        assert_eq!(self.run("token", &[]).success(), first);
        self.run("call", &[&self.fixture.api.url("/whoami")]).success();
        assert_eq!(self.fixture.auth.token_requests(), 1);
        let records = self.records();
        assert_eq!(
            (records.len(), &records[0]["token"]["encrypted_with"]),
            (1, &"one".into()),
            "{records:?}"
        );
        let text = self.run_store(&["status"]).success();
        assert!(
            text.contains("encrypted with key `one`") && !text.contains('@'),
            "{text}"
        );

        self.fixture.auth.revoke_all();
        let result = self.run("call", &[&self.fixture.api.url("/whoami")]);
        assert_eq!(result.code, 0, "{}", result.stderr);
        assert!(self.run("token", &[]).success().starts_with("test-token-2-"));

        let other = self.fixture.run_raw(&["store", "new-key", "two"], "").success();
        success_with_warning(
            self.run_with(&other, "token", &[]),
            "the key ring contains no key `one`",
        );
        assert_eq!(self.fixture.auth.token_requests(), 3);

        let removed = self.run_store(&["clear"]).success();
        assert!(removed.contains("1 record removed from "), "{removed}");
        assert!(self.run_store(&["status"]).success().contains("is empty"));
    }

    /// Checks the behaviour with a store that is not available.
    fn check_unavailable(&self) {
        let before = self.fixture.auth.token_requests();
        let (token, _) = success_with_warning(self.run("token", &[]), "the token store failed");
        assert!(token.starts_with("test-token-"), "{token}");
        success_with_warning(
            self.run("call", &[&self.fixture.api.url("/whoami")]),
            "the token store failed",
        );
        assert_eq!(self.fixture.auth.token_requests(), before + 2);
        for command in ["status", "clear"] {
            let error = self.run_store(&[command]).failure(4);
            assert!(error.contains("check its URL, and that it is running"), "{error}");
        }
    }
}

#[test]
fn programs_share_a_token_through_redis_and_work_without_it() {
    let fixture = Fixture::new();
    let mut redis = Redis::builder().password(PASSWORD).start().unwrap();
    let store = SharedStore::new(&fixture, redis.url());
    store.check_shared();
    redis.kill();
    store.check_unavailable();
}

#[test]
fn programs_share_a_token_through_redis_with_tls() {
    let fixture = Fixture::new();
    let redis = Redis::builder().password(PASSWORD).tls().start().unwrap();
    SharedStore::new(&fixture, redis.url()).check_shared();
}

#[test]
fn programs_share_a_token_through_postgres_and_work_without_it() {
    let fixture = Fixture::new();
    let mut postgres = Postgres::builder().password(PASSWORD).start().unwrap();
    let store = SharedStore::new(&fixture, postgres.url());
    store.check_shared();
    postgres.kill();
    store.check_unavailable();
}

#[test]
fn an_unresponsive_store_causes_a_warning() {
    let fixture = Fixture::new();
    let redis = Redis::start().unwrap();
    let store = SharedStore::new(&fixture, redis.url());
    store.run("token", &[]).success();
    redis.pause();
    let (token, _) = success_with_warning(store.run("token", &[]), "did not respond in time");
    assert!(token.starts_with("test-token-2-"), "{token}");
    store.run_store(&["status"]).failure(4);
    redis.resume();
    assert!(store.run("token", &[]).success().starts_with("test-token-1-"));
}

#[test]
fn thirty_concurrent_programs_share_one_request() {
    let redis = Redis::start().unwrap();
    let postgres = Postgres::start().unwrap();
    for url in [redis.url(), postgres.url()] {
        let fixture = Fixture::new();
        fixture.auth.latency(std::time::Duration::from_millis(300));
        let store = SharedStore::new(&fixture, url);
        let tokens: Vec<String> = thread::scope(|scope| {
            let programs: Vec<_> = (0..30)
                .map(|_| scope.spawn(|| store.run("token", &[]).success()))
                .collect();
            programs.into_iter().map(|program| program.join().unwrap()).collect()
        });
        assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
        assert_eq!(fixture.auth.token_requests(), 1);
    }
}

/// Starts a server that sends the same response to everything. Its threads end with the test.
fn respond_with(response: impl Into<Vec<u8>>) -> u16 {
    let (listener, response) = (TcpListener::bind("127.0.0.1:0").unwrap(), response.into());
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, response) = (stream.unwrap(), response.clone());
            thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(1..) = stream.read(&mut buffer) {
                    if stream.write_all(&response).is_err() {
                        break;
                    }
                }
            });
        }
    });
    port
}

/// Forms in which a server may repeat the password.
const ECHOED_PASSWORDS: [&str; 5] = [
    "AUTH hush-hush",
    "for password \"HUSH-hush\"",
    "aHVzaC1odXNo",
    "hush%2Dhush",
    "\u{1b}[31mhush\u{2d}hush",
];

#[test]
fn a_password_repeated_by_the_server_is_not_shown() {
    let fixture = Fixture::new();
    for echo in ECHOED_PASSWORDS {
        let fields = format!("SERROR\0VERROR\0C28P01\0M{echo}\0D{echo}\0H{echo}\0\0");
        let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
        let redis = respond_with(format!("-ERR {echo}\r\n"));
        let postgres = respond_with([b"E", &length[..], fields.as_bytes()].concat());
        for (url, expected) in [
            (
                format!("redis://:hush-hush@127.0.0.1:{redis}"),
                "ERR; the text is not shown",
            ),
            (
                format!("postgres://shop:hush-hush@127.0.0.1:{postgres}/shop"),
                "password authentication failed [28P01]",
            ),
        ] {
            for arguments in [
                &["store", "status"][..],
                &["store", "status", "--json"],
                &["store", "clear"],
            ] {
                let mut command = fixture.command(arguments);
                let result = RunResult::from_output(&command.env("EVERGRANT_STORE", &url).output().unwrap());
                let shown = format!("{}{}", result.stdout, result.stderr);
                for form in ["hush", "HUSH", "aHVzaC1odXNo", "\u{1b}"] {
                    assert!(!shown.contains(form), "{shown}");
                }
                assert!(result.failure(2).contains(expected), "{shown}");
            }
            let keys = fixture.run_raw(&["store", "new-key", "one"], "").success();
            let environment = [("EVERGRANT_STORE", url.as_str()), ("EVERGRANT_STORE_KEYS", &keys)];
            let result = fixture.run_with_env(&environment, "token", &[]);
            assert_eq!(result.code, 0, "{}", result.stderr);
            assert!(result.stderr.contains(expected), "{}", result.stderr);
            assert!(!result.stderr.to_lowercase().contains("hush"), "{}", result.stderr);
        }
    }
}

#[test]
fn a_clear_text_password_needs_permission() {
    let fixture = Fixture::new();
    let port = respond_with(*b"R\0\0\0\x08\0\0\0\x03");
    let url = format!("postgres://shop:hush-hush@127.0.0.1:{port}/shop");
    let status = |extra: &[&str]| {
        let mut command = fixture.command(&[&["store", "status"], extra].concat());
        RunResult::from_output(&command.env("EVERGRANT_STORE", &url).output().unwrap())
    };
    let error = status(&[]).failure(2);
    assert!(error.contains("--danger-clear-text-store-password"), "{error}");
    // The server asks again, and the client gives up.
    let error = status(&["--danger-clear-text-store-password"]).failure(4);
    assert!(!error.contains("clear text"), "{error}");
}
