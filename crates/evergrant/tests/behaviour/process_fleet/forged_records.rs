//! An attacker writes to the store: processes are delayed for a bounded time, and then each fetches on its own.

use std::time::Duration;

use evergrant::store::{Loaded, MAX_RECORD_SIZE, StoreError, StoreKey, Swap, SwapOutcome, TokenStore};
use evergrant_testing::LogCapture;
use serde_json::{Value, json};

use super::store_attacker::{LARGEST, Writer};
use super::support::{FaultyStore, Fixture, common_token, seconds, value};
use super::toy_encryption::Keys;

/// One minute in milliseconds.
const MINUTE: u64 = 60_000;

/// The maximum pause that a record can cause, including the random fifth that each process adds.
const HOUR: Duration = seconds(3600 * 12 / 10 + 10);

/// Forged record members, each meant to block fetching, with the maximum delay that they may cause.
fn forged_members(now: u64) -> Vec<(&'static str, Value, Duration)> {
    let lease = |until: u64, term: u64| json!({ "owner": "attacker", "until": until, "term": term });
    let failure = |at: u64, pause: u64| {
        json!({
            "at": at,
            "pause": pause,
            "pause_without_token": pause,
            "count": u64::MAX,
            "message": "on purpose",
            "asked_for": true,
        })
    };
    let token = |generation: u64, issued: u64, expires: u64| {
        let token = r#"{"access_token":"not-a-real-token"}"#;
        json!({ "generation": generation, "issued": issued, "expires": expires, "plain": token })
    };
    let lease_limit = Duration::from_millis(7_500);
    let immediate = Duration::from_millis(600);
    vec![
        ("lease", lease(LARGEST, LARGEST), lease_limit),
        ("lease", lease(LARGEST, LARGEST - now), lease_limit),
        ("lease", lease(LARGEST, 3000), immediate),
        ("lease", lease(LARGEST, 0), immediate),
        ("lease", lease(now + 10_000 * MINUTE, 10_000 * MINUTE), lease_limit),
        ("lease", lease(now + 6000, 6000), lease_limit),
        ("failure", failure(now, 9_000_000_000_000_000), HOUR),
        ("failure", failure(now, LARGEST), HOUR),
        ("failure", failure(now, 61 * MINUTE), HOUR),
        ("failure", failure(LARGEST, LARGEST), immediate),
        ("failure", failure(0, LARGEST), immediate),
        ("failure", failure(now + 1000 * MINUTE, 1000 * MINUTE), immediate),
        ("refusals", json!({ "until": LARGEST, "streak": u64::MAX }), immediate),
        ("token", token(LARGEST - 1, LARGEST, LARGEST), immediate),
        ("token", token(LARGEST - 1, now, now), immediate),
        ("token", token(1, 0, 1), immediate),
        ("token", token(u64::MAX, now, LARGEST), immediate),
        ("fence", json!(LARGEST - 1), immediate),
        ("fence", json!(u64::MAX), immediate),
        ("revision", json!(LARGEST - 1), immediate),
        ("evergrant", json!(999), immediate),
        ("key", json!("another"), immediate),
        ("added", json!("x".repeat(MAX_RECORD_SIZE)), immediate),
    ]
}

#[tokio::test]
async fn no_forged_record_blocks_a_process_permanently() {
    for sealed in [false, true] {
        for number in 0..forged_members(0).len() {
            let fixture = Fixture::new();
            let keys = sealed.then(Keys::new);
            let writer = Writer::new(&fixture);
            let (name, value, limit) = forged_members(writer.now()).swap_remove(number);
            writer.put(&writer.record(name, value.clone())).await;
            // Sealed stores ignore records without a valid tag. A record of a newer version is never changed.
            let limit = if sealed { Duration::from_millis(600) } else { limit };
            let waited = writer.time_until_fetched(&writer.process(keys.as_ref())).await;
            assert!(
                waited <= limit,
                "sealed: {sealed}, {name} {}: {waited:?}",
                excerpt(&value)
            );
            // The next process fetches too, or adopts the token.
            let waited = writer.time_until_fetched(&writer.process(keys.as_ref())).await;
            assert!(
                waited <= limit,
                "sealed: {sealed}, {name} {}: {waited:?}",
                excerpt(&value)
            );
            assert!(writer.requests() <= 2);
        }
    }
}

#[tokio::test]
async fn no_malformed_record_blocks_a_process() {
    for keys in [None, Some(Keys::new())] {
        let fixture = Fixture::new();
        let writer = Writer::new(&fixture);
        let valid = writer.record("client", json!({ "client_id": "a", "endpoint": "b", "scopes": "c" }));
        let duplicate = valid.replacen('{', r#"{"lease":1,"lease":2,"#, 1);
        for text in [
            "",
            "{",
            &valid[..valid.len() / 2],
            &"[".repeat(100_000),
            &format!("{}1{}", "[".repeat(100), "]".repeat(100)),
            &duplicate,
            &valid.replace("client", "\\ud800"),
            &format!("{valid}{valid}"),
        ] {
            let writer = Writer::new(&fixture);
            writer.put(text).await;
            let waited = writer.time_until_fetched(&writer.process(keys.as_ref())).await;
            assert!(
                waited <= Duration::from_millis(600),
                "{}: {waited:?}",
                excerpt(&json!(text))
            );
        }
    }
}

#[tokio::test]
async fn a_repeatedly_forged_lease_delays_only_one_fetch() {
    for keys in [None, Some(Keys::new())] {
        let fixture = Fixture::new();
        let writer = Writer::new(&fixture);
        let process = writer.process(keys.as_ref());
        let lease = |writer: &Writer| {
            let lease = json!({ "owner": "attacker", "until": writer.now() + 3000, "term": 3000 });
            // With a tag of an unknown key.
            let record = writer.record("lease", lease);
            match &keys {
                Some(_) => record[..record.len() - 1].to_owned() + r#","~tag":"unknown.00"}"#,
                None => record,
            }
        };
        let waited = writer.time_until_fetched_while(&process, lease).await;
        assert!(waited <= seconds(20), "{waited:?}");
        // After that, a call with a rejected token does not wait again.
        let generation = process.authorize_now(&mut http::HeaderMap::new()).unwrap();
        process.reject(generation);
        let waited = writer.time_until_fetched_while(&process, lease).await;
        assert!(waited <= Duration::from_millis(700), "{waited:?}");
        assert_eq!(writer.requests(), 2);
    }
}

#[tokio::test]
async fn a_repeatedly_forged_failure_delays_a_process_by_at_most_two_hours() {
    let fixture = Fixture::new();
    let writer = Writer::new(&fixture);
    let process = writer.process(None);
    let failure = |writer: &Writer| {
        let failure = json!({
            "at": writer.now(),
            "pause": 60 * MINUTE,
            "pause_without_token": 60 * MINUTE,
            "count": 1,
            "message": "on purpose",
            "asked_for": true,
        });
        writer.record("failure", failure)
    };
    let waited = writer.time_until_fetched_while(&process, failure).await;
    assert!(
        waited > seconds(3600) && waited <= 2 * HOUR,
        "at most a second failure seen just before the end of the first hour: {waited:?}"
    );
}

#[tokio::test]
async fn a_renewal_postponed_by_forged_leases_happens_before_expiry() {
    let fixture = Fixture::new();
    let writer = Writer::new(&fixture);
    let process = writer.process(None);
    let first = value(&process.token().await.unwrap());
    fixture.clock.advance(seconds(3600 * 76 / 100));
    for _ in 0..3600 * 24 / 100 - 10 {
        let lease = json!({ "owner": "attacker", "until": writer.now() + 3000, "term": 3000 });
        writer.put(&writer.record("lease", lease)).await;
        process
            .authorize_now(&mut http::HeaderMap::new())
            .expect("no call waits");
        fixture.clock.settle().await;
        fixture.clock.advance(seconds(1));
    }
    writer.time_until_fetched(&process).await;
    assert_ne!(value(&process.token().await.unwrap()), first);
    assert_eq!(writer.requests(), 2);
}

#[tokio::test]
async fn constant_conflicts_do_not_block_fetching() {
    let fixture = Fixture::new();
    let writer = Writer::new(&fixture);
    let process = writer.process_on(ContestedStore(fixture.store.clone()));
    let waited = writer.time_until_fetched(&process).await;
    assert!(waited <= seconds(5), "{waited:?}");
}

#[tokio::test]
async fn stored_messages_are_sanitized_in_errors_and_logs() {
    let fixture = Fixture::new();
    let writer = Writer::new(&fixture);
    let message = format!("a\nforged\r\u{1b}[2J\u{202e}{}", "x".repeat(100_000));
    let failure = json!({
        "at": writer.now(), "pause": 5000, "pause_without_token": 5000, "count": 1, "message": message,
    });
    writer.put(&writer.record("failure", failure)).await;
    let logs = LogCapture::new();
    let _guard = logs.install();
    let error = writer.process(None).token().await.unwrap_err().to_string();
    assert!(error.contains("a forged") && error.len() < 1000, "{error}");
    for hostile in ["\n", "\r", "\u{1b}", "\u{202e}"] {
        assert!(!error.contains(hostile) && !logs.contains(hostile), "{hostile:?}");
    }
}

#[tokio::test]
async fn a_forged_revision_costs_the_fleet_one_request() {
    for keys in [None, Some(Keys::new())] {
        let fixture = Fixture::new();
        let writer = Writer::new(&fixture);
        writer.put(&writer.record("revision", json!(LARGEST - 2))).await;
        let processes: Vec<_> = std::iter::repeat_with(|| writer.process(keys.as_ref()))
            .take(10)
            .collect();
        common_token(&processes).await;
        assert_eq!(writer.requests(), 1);
    }
}

/// A store in which another writer changes the record just before each swap.
#[derive(Debug)]
struct ContestedStore(FaultyStore);

impl TokenStore for ContestedStore {
    async fn load(&self, key: &StoreKey) -> Result<Loaded, StoreError> {
        self.0.load(key).await
    }

    async fn swap(&self, key: &StoreKey, swap: Swap) -> Result<SwapOutcome, StoreError> {
        let number = self.0.operations();
        let other = format!(r#"{{"evergrant":1,"key":"{key}","added":{number}}}"#);
        let expected = self.0.load(key).await?.record;
        let competing = Swap::new(expected, Some(other.into()), seconds(3600));
        self.0.swap(key, competing).await?;
        self.0.swap(key, swap).await
    }

    async fn keys(&self) -> Result<Vec<StoreKey>, StoreError> {
        self.0.keys().await
    }
}

fn excerpt(value: &Value) -> String {
    value.to_string().chars().take(80).collect()
}
