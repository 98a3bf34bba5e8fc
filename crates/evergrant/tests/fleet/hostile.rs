//! Somebody writes to the store in order to do harm: processes are delayed for a bounded time, and then each fetches alone.

use std::time::Duration;

use evergrant::store::{Loaded, MAX_RECORD_SIZE, StoreError, StoreKey, Swap, SwapOutcome, TokenStore};
use evergrant_testing::LogCapture;
use serde_json::{Value, json};

use crate::keys::Keys;
use crate::support::{Engine, World, common, seconds, value};
use crate::writer::{LARGEST, Writer};

/// In milliseconds.
const MINUTE: u64 = 60_000;

/// As long as a server's own word may hold, and the fifth by which each process draws its own end of a pause.
const HOUR: Duration = seconds(3600 * 12 / 10 + 10);

/// Members of a valid record that each are to keep processes from fetching, with how long they may.
fn poisons(now: u64) -> Vec<(&'static str, Value, Duration)> {
    let lease = |until: u64, term: u64| json!({ "owner": "somebody", "until": until, "term": term });
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
    let at_once = Duration::from_millis(600);
    vec![
        ("lease", lease(LARGEST, LARGEST), lease_limit),
        ("lease", lease(LARGEST, LARGEST - now), lease_limit),
        ("lease", lease(LARGEST, 3000), at_once),
        ("lease", lease(LARGEST, 0), at_once),
        ("lease", lease(now + 10_000 * MINUTE, 10_000 * MINUTE), lease_limit),
        ("lease", lease(now + 6000, 6000), lease_limit),
        ("failure", failure(now, 9_000_000_000_000_000), HOUR),
        ("failure", failure(now, LARGEST), HOUR),
        ("failure", failure(now, 61 * MINUTE), HOUR),
        ("failure", failure(LARGEST, LARGEST), at_once),
        ("failure", failure(0, LARGEST), at_once),
        ("failure", failure(now + 1000 * MINUTE, 1000 * MINUTE), at_once),
        ("refusals", json!({ "until": LARGEST, "streak": u64::MAX }), at_once),
        ("token", token(LARGEST - 1, LARGEST, LARGEST), at_once),
        ("token", token(LARGEST - 1, now, now), at_once),
        ("token", token(1, 0, 1), at_once),
        ("token", token(u64::MAX, now, LARGEST), at_once),
        ("fence", json!(LARGEST - 1), at_once),
        ("fence", json!(u64::MAX), at_once),
        ("revision", json!(LARGEST - 1), at_once),
        ("evergrant", json!(999), at_once),
        ("key", json!("another"), at_once),
        ("added", json!("x".repeat(MAX_RECORD_SIZE)), at_once),
    ]
}

#[tokio::test]
async fn no_record_stops_a_process_for_good() {
    for sealed in [false, true] {
        for number in 0..poisons(0).len() {
            let world = World::new();
            let keys = sealed.then(Keys::new);
            let writer = Writer::new(&world);
            let (name, value, limit) = poisons(writer.now()).swap_remove(number);
            writer.put(&writer.record(name, value.clone())).await;
            // Without the keys, nobody's word counts; but a newer version's record is left alone in any case.
            let limit = if sealed { Duration::from_millis(600) } else { limit };
            let waited = writer.until_fetched(&writer.process(keys.as_ref())).await;
            assert!(
                waited <= limit,
                "sealed: {sealed}, {name} {}: {waited:?}",
                shown(&value)
            );
            // And so does the next one, or it has the same token.
            let waited = writer.until_fetched(&writer.process(keys.as_ref())).await;
            assert!(
                waited <= limit,
                "sealed: {sealed}, {name} {}: {waited:?}",
                shown(&value)
            );
            assert!(writer.requests() <= 2);
        }
    }
}

#[tokio::test]
async fn no_text_stops_a_process() {
    for keys in [None, Some(Keys::new())] {
        let world = World::new();
        let writer = Writer::new(&world);
        let good = writer.record("client", json!({ "client_id": "a", "endpoint": "b", "scopes": "c" }));
        let twice = good.replacen('{', r#"{"lease":1,"lease":2,"#, 1);
        for text in [
            "",
            "{",
            &good[..good.len() / 2],
            &"[".repeat(100_000),
            &format!("{}1{}", "[".repeat(100), "]".repeat(100)),
            &twice,
            &good.replace("client", "\\ud800"),
            &format!("{good}{good}"),
        ] {
            let writer = Writer::new(&world);
            writer.put(text).await;
            let waited = writer.until_fetched(&writer.process(keys.as_ref())).await;
            assert!(
                waited <= Duration::from_millis(600),
                "{}: {waited:?}",
                shown(&json!(text))
            );
        }
    }
}

#[tokio::test]
async fn a_lease_that_is_written_again_and_again_delays_a_process_for_the_time_of_one_fetch() {
    for keys in [None, Some(Keys::new())] {
        let world = World::new();
        let writer = Writer::new(&world);
        let member = writer.process(keys.as_ref());
        let lease = |writer: &Writer| {
            let lease = json!({ "owner": "somebody", "until": writer.now() + 3000, "term": 3000 });
            // As of somebody with a key that nobody else has.
            let record = writer.record("lease", lease);
            match &keys {
                Some(_) => record[..record.len() - 1].to_owned() + r#","~tag":"unknown.00"}"#,
                None => record,
            }
        };
        let waited = writer.until_fetched_while(&member, lease).await;
        assert!(waited <= seconds(20), "{waited:?}");
        // Once it knows, a call whose token was rejected waits no longer.
        let generation = member.authorize_now(&mut http::HeaderMap::new()).unwrap();
        member.reject(generation);
        let waited = writer.until_fetched_while(&member, lease).await;
        assert!(waited <= Duration::from_millis(700), "{waited:?}");
        assert_eq!(writer.requests(), 2);
    }
}

#[tokio::test]
async fn a_failure_that_is_written_again_and_again_delays_a_process_for_two_hours_at_most() {
    let world = World::new();
    let writer = Writer::new(&world);
    let member = writer.process(None);
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
    let waited = writer.until_fetched_while(&member, failure).await;
    assert!(
        waited > seconds(3600) && waited <= 2 * HOUR,
        "as one that was seen just before the hour was over, and no longer: {waited:?}"
    );
}

#[tokio::test]
async fn a_renewal_that_others_leases_put_off_is_made_before_calls_have_to_wait() {
    let world = World::new();
    let writer = Writer::new(&world);
    let member = writer.process(None);
    let first = value(&member.token().await.unwrap());
    world.clock.advance(seconds(3600 * 76 / 100));
    for _ in 0..3600 * 24 / 100 - 10 {
        let lease = json!({ "owner": "somebody", "until": writer.now() + 3000, "term": 3000 });
        writer.put(&writer.record("lease", lease)).await;
        member
            .authorize_now(&mut http::HeaderMap::new())
            .expect("no call waits");
        world.clock.settle().await;
        world.clock.advance(seconds(1));
    }
    writer.until_fetched(&member).await;
    assert_ne!(value(&member.token().await.unwrap()), first);
    assert_eq!(writer.requests(), 2);
}

#[tokio::test]
async fn a_writer_that_is_always_faster_does_not_keep_a_process_from_fetching() {
    let world = World::new();
    let writer = Writer::new(&world);
    let member = writer.process_on(Contested(world.store.clone()));
    let waited = writer.until_fetched(&member).await;
    assert!(waited <= seconds(5), "{waited:?}");
}

#[tokio::test]
async fn what_somebody_else_wrote_reaches_no_log_as_it_is() {
    let world = World::new();
    let writer = Writer::new(&world);
    let message = format!("a\nforged\r\u{1b}[2J\u{202e}{}", "x".repeat(100_000));
    let failure = json!({
        "at": writer.now(), "pause": 5000, "pause_without_token": 5000, "count": 1, "message": message,
    });
    writer.put(&writer.record("failure", failure)).await;
    let logs = LogCapture::new();
    let _installed = logs.install();
    let error = writer.process(None).token().await.unwrap_err().to_string();
    assert!(error.contains("a forged") && error.len() < 1000, "{error}");
    for hostile in ["\n", "\r", "\u{1b}", "\u{202e}"] {
        assert!(!error.contains(hostile) && !logs.mention(hostile), "{hostile:?}");
    }
}

#[tokio::test]
async fn a_poisoned_record_costs_a_fleet_one_request() {
    for keys in [None, Some(Keys::new())] {
        let world = World::new();
        let writer = Writer::new(&world);
        writer.put(&writer.record("revision", json!(LARGEST - 2))).await;
        let members: Vec<_> = std::iter::repeat_with(|| writer.process(keys.as_ref()))
            .take(10)
            .collect();
        common(&members).await;
        assert_eq!(writer.requests(), 1);
    }
}

/// A store in which somebody else changes the record just before each swap.
#[derive(Debug)]
struct Contested(Engine);

impl TokenStore for Contested {
    async fn load(&self, key: &StoreKey) -> Result<Loaded, StoreError> {
        self.0.load(key).await
    }

    async fn swap(&self, key: &StoreKey, swap: Swap) -> Result<SwapOutcome, StoreError> {
        let number = self.0.operations();
        let other = format!(r#"{{"evergrant":1,"key":"{key}","added":{number}}}"#);
        let expected = self.0.load(key).await?.record;
        let faster = Swap::new(expected, Some(other.into()), seconds(3600));
        self.0.swap(key, faster).await?;
        self.0.swap(key, swap).await
    }

    async fn keys(&self) -> Result<Vec<StoreKey>, StoreError> {
        self.0.keys().await
    }
}

fn shown(value: &Value) -> String {
    value.to_string().chars().take(80).collect()
}
