//! Store operations for tests of engines.

use std::time::Duration;

use evergrant::Secret;
use evergrant::store::{SharedStore, StoreError, StoreKey, Swap, SwapOutcome};

/// Lifetime of the records that [`swap`] and [`put`] write.
pub const RECORD_TTL: Duration = Duration::from_secs(600);

/// Opens the store at `url` without encryption.
///
/// # Panics
/// The store cannot be built.
#[must_use]
pub fn open(url: &str) -> SharedStore {
    let store = evergrant_store::store(url).danger_plaintext().build();
    store.unwrap_or_else(|error| panic!("{error}"))
}

/// Returns a key that is unique to `label`.
#[must_use]
pub fn key(label: &str) -> StoreKey {
    StoreKey::builder("https://auth.example.com/token", "client-id")
        .credential_label(label)
        .build()
}

/// Returns a swap that replaces `expected` with `record`.
#[must_use]
pub fn swap(expected: Option<&str>, record: Option<&str>) -> Swap {
    Swap::new(expected.map(Secret::from), record.map(Secret::from), RECORD_TTL)
}

/// Writes a record under a key that has none.
///
/// # Panics
/// A record exists, or the store fails.
pub async fn put(store: &SharedStore, key: &StoreKey, record: &str) {
    let outcome = store.swap(key, swap(None, Some(record))).await;
    assert_eq!(outcome.ok(), Some(SwapOutcome::Done));
}

/// Returns the text of a record, or `None` if there is no record.
///
/// # Errors
/// The store fails.
pub async fn load(store: &SharedStore, key: &StoreKey) -> Result<Option<String>, StoreError> {
    let loaded = store.load(key).await?;
    Ok(loaded.record.map(|record| record.expose().to_owned()))
}

/// Increments the number in a record `count` times. Other writers may increment it at the same time.
///
/// # Errors
/// The store fails.
///
/// # Panics
/// The record is not a number.
pub async fn increment(store: SharedStore, key: StoreKey, count: usize) -> Result<(), StoreError> {
    let mut done = 0;
    while done < count {
        let expected = store.load(&key).await?.record;
        let number = expected.as_ref().map_or(Ok(0), |text| text.expose().parse::<usize>());
        let number = number.unwrap_or_else(|error| panic!("{error}"));
        let record = Secret::from((number + 1).to_string());
        let outcome = store.swap(&key, Swap::new(expected, Some(record), RECORD_TTL)).await?;
        done += usize::from(outcome == SwapOutcome::Done);
    }
    Ok(())
}

/// Lets all writers increment one record concurrently, and checks that no increment is lost.
///
/// # Panics
/// An increment is lost, or a store fails.
pub async fn check_no_lost_writes(writers: Vec<SharedStore>, count: usize) {
    let (key, total) = (key("counter"), writers.len() * count);
    let reader = writers[0].clone();
    let writers = writers
        .into_iter()
        .map(|store| tokio::spawn(increment(store, key.clone(), count)));
    for writer in writers.collect::<Vec<_>>() {
        let outcome = writer.await;
        assert!(matches!(outcome, Ok(Ok(()))), "{outcome:?}");
    }
    assert_eq!(load(&reader, &key).await.ok().flatten(), Some(total.to_string()));
}

/// Waits up to ten seconds until `condition` returns true. `what` names the condition in the panic.
///
/// # Panics
/// The condition is still false after ten seconds.
pub async fn wait_until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let limit = Duration::from_secs(10);
    let waited = supervisor::wait_until_async(what, limit, async || Ok(condition().await.then_some(()))).await;
    waited.unwrap_or_else(|error| panic!("{error}"));
}
