//! Other processes that write to the record between the steps of this one.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use evergrant::store::{Changes, Loaded, StoreError, StoreKey, Swap, SwapOutcome, TokenStore};
use evergrant::{Error, TokenManager};
use serde_json::{Value, json};

use super::support::{FaultyStore, Fixture, seconds, value};

/// Changes the record; the number increases with each change, and the time is that of the engine, in milliseconds.
type Change = fn(&mut Value, u64, u64);

/// A store whose record another process changes before each read, a number of times.
#[derive(Clone)]
struct Interfering {
    store: FaultyStore,
    change: Change,
    left: Arc<AtomicU64>,
    done: Arc<AtomicU64>,
}

impl Interfering {
    fn new(fixture: &Fixture, change: Change) -> Self {
        Self {
            store: fixture.store.clone(),
            change,
            left: Arc::default(),
            done: Arc::default(),
        }
    }

    fn start(&self, changes: u64) {
        self.left.store(changes, Ordering::SeqCst);
    }

    fn done(&self) -> u64 {
        self.done.load(Ordering::SeqCst)
    }
}

impl TokenStore for Interfering {
    async fn load(&self, key: &StoreKey) -> Result<Loaded, StoreError> {
        let loaded = self.store.load(key).await?;
        let Some(text) = &loaded.record else {
            return Ok(loaded);
        };
        let order = Ordering::SeqCst;
        if self
            .left
            .fetch_update(order, order, |left| left.checked_sub(1))
            .is_err()
        {
            return Ok(loaded);
        }
        let number = self.done.fetch_add(1, order) + 1;
        let now = u64::try_from(loaded.now.as_millis()).unwrap();
        let mut record: Value = serde_json::from_str(text.expose()).unwrap();
        (self.change)(&mut record, number, now);
        let swap = Swap::new(loaded.record.clone(), Some(record.to_string().into()), seconds(100_000));
        assert_eq!(self.store.swap(key, swap).await?, SwapOutcome::Done);
        self.store.load(key).await
    }

    async fn swap(&self, key: &StoreKey, swap: Swap) -> Result<SwapOutcome, StoreError> {
        self.store.swap(key, swap).await
    }

    async fn keys(&self) -> Result<Vec<StoreKey>, StoreError> {
        self.store.keys().await
    }

    fn changes(&self) -> Option<&Changes> {
        self.store.changes()
    }
}

impl fmt::Debug for Interfering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Interfering")
    }
}

fn process(fixture: &Fixture, store: &Interfering) -> TokenManager {
    fixture.build(fixture.builder().store(store.clone()))
}

/// Suppresses rejections for ten seconds.
fn suppress(record: &mut Value, _: u64, now: u64) {
    record["refusals"] = json!({ "until": now + 10_000, "streak": 1 });
}

#[tokio::test]
async fn a_replaced_token_is_new_although_another_process_suppresses_rejections_meanwhile() {
    let fixture = Fixture::new();
    let store = Interfering::new(&fixture, suppress);
    let process = process(&fixture, &store);
    let first = process.token().await.unwrap();
    // Before the pause is ended, and again before the token is fetched.
    store.start(2);
    let second = process.replace(first.generation()).await.unwrap();
    assert_eq!(store.done(), 2);
    assert_ne!(value(&second), value(&first));
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_token_is_not_replaced_while_other_processes_keep_suppressing_rejections() {
    let fixture = Fixture::new();
    let store = Interfering::new(&fixture, suppress);
    let process = process(&fixture, &store);
    let first = process.token().await.unwrap();
    store.start(20);
    let same = process.replace(first.generation()).await.unwrap();
    assert_eq!(value(&same), value(&first));
    assert_eq!(fixture.requests(), 1);
    // Two reads for each of three attempts.
    assert_eq!(store.done(), 6);
}

#[tokio::test]
async fn replacing_a_token_reads_the_store_once_more_than_fetching_one() {
    let fixture = Fixture::new();
    let process = fixture.process();
    let first = process.token().await.unwrap();
    let of_fetch = fixture.store.operations();
    process.replace(first.generation()).await.unwrap();
    assert_eq!(fixture.store.operations(), 2 * of_fetch + 1);
}

/// Stores a new token with 50 of its 1000 seconds left.
fn supply(record: &mut Value, number: u64, now: u64) {
    let token = json!({ "access_token": format!("stored-{number}") });
    record["token"] = json!({
        "generation": now + number,
        "issued": now - 950_000,
        "expires": now + 50_000,
        "plain": token.to_string(),
    });
}

#[tokio::test]
async fn a_call_adopts_at_most_three_tokens_that_are_too_short_for_it() {
    let fixture = Fixture::new();
    let store = Interfering::new(&fixture, supply);
    let process = process(&fixture, &store);
    process.token().await.unwrap();
    fixture.clock.advance(seconds(3600));
    store.start(20);
    let error = process.token_valid_for(seconds(100)).await.unwrap_err();
    assert!(matches!(error, Error::LifetimeTooShort { .. }), "{error}");
    assert_eq!((store.done(), fixture.requests()), (3, 1));
    store.start(1);
    fixture.clock.advance(seconds(60));
    process.token_valid_for(seconds(100)).await.unwrap();
    assert_eq!((store.done(), fixture.requests()), (4, 2));
}
