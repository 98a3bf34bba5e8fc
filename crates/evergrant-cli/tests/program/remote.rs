//! Stores that machines share, with real engines.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use fleet::engine::{Postgres, Redis};
use serde_json::Value;

use crate::cache::warned;
use crate::support::{Ended, World};

const PASSWORD: &str = "hush-hush";

/// Programs with one store in their environment, and keys.
struct Members<'a> {
    world: &'a World,
    url: String,
    keys: String,
}

impl<'a> Members<'a> {
    fn new(world: &'a World, url: String) -> Self {
        let keys = world.raw(&["store", "new-key", "one"], "").success();
        Self { world, url, keys }
    }

    fn run(&self, command: &str, more: &[&str]) -> Ended {
        self.run_with(&self.keys, command, more)
    }

    fn run_with(&self, keys: &str, command: &str, more: &[&str]) -> Ended {
        let environment = [("EVERGRANT_STORE", self.url.as_str()), ("EVERGRANT_STORE_KEYS", keys)];
        self.checked(self.world.run_in(&environment, command, more))
    }

    fn operate(&self, arguments: &[&str]) -> Ended {
        let mut command = self.world.command(&[&["store"], arguments].concat());
        let output = command.env("EVERGRANT_STORE", &self.url).output().unwrap();
        let ended = self.checked(Ended::of(&output));
        assert!(!ended.stdout.contains("test-token-"), "{}", ended.stdout);
        ended
    }

    fn entries(&self) -> Vec<Value> {
        let mut json: Value = serde_json::from_str(&self.operate(&["status", "--json"]).success()).unwrap();
        serde_json::from_value(json["entries"].take()).unwrap()
    }

    fn checked(&self, ended: Ended) -> Ended {
        let key = self.keys.trim().split_once(':').unwrap().1;
        for text in [&ended.stdout, &ended.stderr] {
            assert!(!text.contains(PASSWORD) && !text.contains(key), "{text}");
        }
        assert!(!ended.stderr.contains("test-token-"), "{}", ended.stderr);
        ended
    }

    /// Everything that a shared store promises while it is there.
    fn share(&self) {
        let first = self.run("token", &[]).success();
        assert_eq!(self.run("token", &[]).success(), first);
        self.run("call", &[&self.world.api.url("/whoami")]).success();
        assert_eq!(self.world.auth.token_requests(), 1);
        let entries = self.entries();
        assert_eq!(
            (entries.len(), &entries[0]["token"]["encrypted_with"]),
            (1, &"one".into()),
            "{entries:?}"
        );
        let text = self.operate(&["status"]).success();
        assert!(
            text.contains("encrypted with key `one`") && !text.contains('@'),
            "{text}"
        );

        self.world.auth.revoke_all();
        let ended = self.run("call", &[&self.world.api.url("/whoami")]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(self.run("token", &[]).success().starts_with("test-token-2-"));

        let other = self.world.raw(&["store", "new-key", "two"], "").success();
        warned(self.run_with(&other, "token", &[]), "there is no key `one`");
        assert_eq!(self.world.auth.token_requests(), 3);

        let removed = self.operate(&["clear"]).success();
        assert!(removed.contains("1 entry removed from "), "{removed}");
        assert!(self.operate(&["status"]).success().contains("is empty"));
    }

    /// And what is left without it.
    fn do_without(&self) {
        let before = self.world.auth.token_requests();
        let (token, _) = warned(self.run("token", &[]), "the token store failed");
        assert!(token.starts_with("test-token-"), "{token}");
        warned(
            self.run("call", &[&self.world.api.url("/whoami")]),
            "the token store failed",
        );
        assert_eq!(self.world.auth.token_requests(), before + 2);
        for command in ["status", "clear"] {
            let told = self.operate(&[command]).failure(4);
            assert!(told.contains("check its URL, and that it runs"), "{told}");
        }
    }
}

#[test]
fn programs_share_a_token_through_redis_and_get_one_without_it() {
    let world = World::new();
    let mut redis = Redis::builder().password(PASSWORD).start().unwrap();
    let members = Members::new(&world, redis.url());
    members.share();
    redis.kill();
    members.do_without();
}

#[test]
fn programs_share_a_token_through_redis_with_tls() {
    let world = World::new();
    let redis = Redis::builder().password(PASSWORD).tls().start().unwrap();
    Members::new(&world, redis.url()).share();
}

#[test]
fn programs_share_a_token_through_postgres_and_get_one_without_it() {
    let world = World::new();
    let mut postgres = Postgres::builder().password(PASSWORD).start().unwrap();
    let members = Members::new(&world, postgres.url());
    members.share();
    postgres.kill();
    members.do_without();
}

#[test]
fn a_store_that_does_not_answer_costs_a_warning() {
    let world = World::new();
    let redis = Redis::start().unwrap();
    let members = Members::new(&world, redis.url());
    members.run("token", &[]).success();
    redis.pause();
    let (token, _) = warned(members.run("token", &[]), "does not answer in time");
    assert!(token.starts_with("test-token-2-"), "{token}");
    members.operate(&["status"]).failure(4);
    redis.resume();
    assert!(members.run("token", &[]).success().starts_with("test-token-1-"));
}

#[test]
fn thirty_programs_at_once_make_one_request_through_redis_and_through_postgres() {
    let redis = Redis::start().unwrap();
    let postgres = Postgres::start().unwrap();
    for url in [redis.url(), postgres.url()] {
        let world = World::new();
        world.auth.latency(std::time::Duration::from_millis(300));
        let members = Members::new(&world, url);
        let tokens: Vec<String> = thread::scope(|scope| {
            let programs: Vec<_> = (0..30)
                .map(|_| scope.spawn(|| members.run("token", &[]).success()))
                .collect();
            programs.into_iter().map(|program| program.join().unwrap()).collect()
        });
        assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
        assert_eq!(world.auth.token_requests(), 1);
    }
}

/// Gives the same answer to whatever is said to it. Its threads end with the test.
fn answering(answer: impl Into<Vec<u8>>) -> u16 {
    let (listener, answer) = (TcpListener::bind("127.0.0.1:0").unwrap(), answer.into());
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answer) = (stream.unwrap(), answer.clone());
            thread::spawn(move || {
                let mut heard = [0; 4096];
                while let Ok(1..) = stream.read(&mut heard) {
                    if stream.write_all(&answer).is_err() {
                        break;
                    }
                }
            });
        }
    });
    port
}

/// How a server may write the password that it was given.
const BETRAYALS: [&str; 5] = [
    "AUTH hush-hush",
    "for password \"HUSH-hush\"",
    "aHVzaC1odXNo",
    "hush%2Dhush",
    "\u{1b}[31mhush\u{2d}hush",
];

#[test]
fn a_password_that_a_server_repeats_is_not_shown() {
    let world = World::new();
    for betrayal in BETRAYALS {
        let fields = format!("SERROR\0VERROR\0C28P01\0M{betrayal}\0D{betrayal}\0H{betrayal}\0\0");
        let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
        let redis = answering(format!("-ERR {betrayal}\r\n"));
        let postgres = answering([b"E", &length[..], fields.as_bytes()].concat());
        for (url, told) in [
            (
                format!("redis://:hush-hush@127.0.0.1:{redis}"),
                "ERR; what else it says is not shown",
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
                let mut command = world.command(arguments);
                let ended = Ended::of(&command.env("EVERGRANT_STORE", &url).output().unwrap());
                let shown = format!("{}{}", ended.stdout, ended.stderr);
                for form in ["hush", "HUSH", "aHVzaC1odXNo", "\u{1b}"] {
                    assert!(!shown.contains(form), "{shown}");
                }
                assert!(ended.failure(2).contains(told), "{shown}");
            }
            let keys = world.raw(&["store", "new-key", "one"], "").success();
            let environment = [("EVERGRANT_STORE", url.as_str()), ("EVERGRANT_STORE_KEYS", &keys)];
            let ended = world.run_in(&environment, "token", &[]);
            assert_eq!(ended.code, 0, "{}", ended.stderr);
            assert!(ended.stderr.contains(told), "{}", ended.stderr);
            assert!(!ended.stderr.to_lowercase().contains("hush"), "{}", ended.stderr);
        }
    }
}

#[test]
fn a_password_in_clear_text_is_for_those_who_allow_it() {
    let world = World::new();
    let port = answering(*b"R\0\0\0\x08\0\0\0\x03");
    let url = format!("postgres://shop:hush-hush@127.0.0.1:{port}/shop");
    let status = |more: &[&str]| {
        let mut command = world.command(&[&["store", "status"], more].concat());
        Ended::of(&command.env("EVERGRANT_STORE", &url).output().unwrap())
    };
    let told = status(&[]).failure(2);
    assert!(told.contains("--danger-clear-text-store-password"), "{told}");
    // It is asked for it again then, and gives that up.
    let told = status(&["--danger-clear-text-store-password"]).failure(4);
    assert!(!told.contains("clear text"), "{told}");
}
