//! What the tests have in common.

use std::time::Duration;

use evergrant::Secret;
use evergrant::store::{SharedStore, StoreError, StoreKey, Swap, SwapOutcome};
use evergrant_store::store;
use fleet::engine::Postgres;

/// How long records are kept where that is not the point.
pub(crate) const KEEP: Duration = Duration::from_secs(600);

pub(crate) fn open(url: &str) -> SharedStore {
    store(url).danger_plaintext().build().unwrap()
}

pub(crate) fn key(label: &str) -> StoreKey {
    StoreKey::builder("https://auth.example.com/token", "client-id")
        .credential_label(label)
        .build()
}

pub(crate) fn swap(expected: Option<&str>, record: Option<&str>) -> Swap {
    Swap::new(expected.map(Secret::from), record.map(Secret::from), KEEP)
}

/// A record where there was none.
pub(crate) async fn put(store: &SharedStore, key: &StoreKey, record: &str) {
    let outcome = store.swap(key, swap(None, Some(record))).await.unwrap();
    assert_eq!(outcome, SwapOutcome::Done);
}

pub(crate) async fn load(store: &SharedStore, key: &StoreKey) -> Result<Option<String>, StoreError> {
    let loaded = store.load(key).await?;
    Ok(loaded.record.map(|record| record.expose().to_owned()))
}

/// How many connections the role has.
pub(crate) fn connections(server: &Postgres) -> usize {
    let count = server.ask("SELECT count(*) FROM pg_stat_activity WHERE usename = 'evergrant'");
    count.unwrap().parse().unwrap()
}

/// Asks until it is so; that it never is fails the test.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..500 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("waited in vain: {what}");
}
