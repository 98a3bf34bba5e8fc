//! What tests of engines do to a store, in place of a manager.

use std::time::Duration;

use evergrant::Secret;
use evergrant::store::{SharedStore, StoreError, StoreKey, Swap, SwapOutcome};

/// How long records are kept where that is not the point.
pub const KEEP: Duration = Duration::from_secs(600);

/// A store at this URL, for tokens that are no secrets.
///
/// # Panics
/// If it cannot be built.
#[must_use]
pub fn open(url: &str) -> SharedStore {
    let store = evergrant_store::store(url).danger_plaintext().build();
    store.unwrap_or_else(|error| panic!("{error}"))
}

/// A key that no other label has.
#[must_use]
pub fn key(label: &str) -> StoreKey {
    StoreKey::builder("https://auth.example.com/token", "client-id")
        .credential_label(label)
        .build()
}

/// A swap of one record for another.
#[must_use]
pub fn swap(expected: Option<&str>, record: Option<&str>) -> Swap {
    Swap::new(expected.map(Secret::from), record.map(Secret::from), KEEP)
}

/// Puts a record where there was none.
///
/// # Panics
/// If there was one, or the store fails.
pub async fn put(store: &SharedStore, key: &StoreKey, record: &str) {
    let outcome = store.swap(key, swap(None, Some(record))).await;
    assert_eq!(outcome.ok(), Some(SwapOutcome::Done));
}

/// The record's text.
///
/// # Errors
/// As the store's.
pub async fn load(store: &SharedStore, key: &StoreKey) -> Result<Option<String>, StoreError> {
    let loaded = store.load(key).await?;
    Ok(loaded.record.map(|record| record.expose().to_owned()))
}

/// Counts a record up, so many times, as one process among others.
///
/// # Errors
/// As the store's.
///
/// # Panics
/// If the record is no number.
pub async fn count_up(store: SharedStore, key: StoreKey, turns: usize) -> Result<(), StoreError> {
    let mut done = 0;
    while done < turns {
        let expected = store.load(&key).await?.record;
        let number = expected.as_ref().map_or(Ok(0), |text| text.expose().parse::<usize>());
        let number = number.unwrap_or_else(|error| panic!("{error}"));
        let record = Secret::from((number + 1).to_string());
        let outcome = store.swap(&key, Swap::new(expected, Some(record), KEEP)).await?;
        done += usize::from(outcome == SwapOutcome::Done);
    }
    Ok(())
}

/// Has all these writers count up together: none of what they write may be lost.
///
/// # Panics
/// If something is.
pub async fn nothing_is_lost(writers: Vec<SharedStore>, turns: usize) {
    let (key, all) = (key("counted"), writers.len() * turns);
    let reader = writers[0].clone();
    let writers = writers
        .into_iter()
        .map(|store| tokio::spawn(count_up(store, key.clone(), turns)));
    for writer in writers.collect::<Vec<_>>() {
        let outcome = writer.await;
        assert!(matches!(outcome, Ok(Ok(()))), "{outcome:?}");
    }
    assert_eq!(load(&reader, &key).await.ok().flatten(), Some(all.to_string()));
}

/// Asks until it is so, for ten seconds.
///
/// # Panics
/// If it never is.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..500 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("waited in vain: {what}");
}
