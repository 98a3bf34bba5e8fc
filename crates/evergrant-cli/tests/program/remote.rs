//! Stores that machines share, with real engines.

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
        let tokens: Vec<String> = std::thread::scope(|scope| {
            let programs: Vec<_> = (0..30)
                .map(|_| scope.spawn(|| members.run("token", &[]).success()))
                .collect();
            programs.into_iter().map(|program| program.join().unwrap()).collect()
        });
        assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
        assert_eq!(world.auth.token_requests(), 1);
    }
}
