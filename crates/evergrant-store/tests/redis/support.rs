//! What the tests have in common.

use std::time::Duration;

use evergrant::Secret;
use evergrant::store::{SharedStore, StoreError, StoreKey, Swap, SwapOutcome};
use evergrant_store::store;

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

/// The key's name in Redis.
pub(crate) fn name(key: &StoreKey) -> String {
    format!("evergrant:{key}")
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

/// Puts a record in the place of whatever is there, and finds it.
pub(crate) async fn replace(store: &SharedStore, key: &StoreKey, record: &str) -> Result<(), StoreError> {
    let expected = store.load(key).await?.record;
    let outcome = store.swap(key, Swap::new(expected, Some(record.into()), KEEP)).await?;
    assert_eq!(outcome, SwapOutcome::Done);
    assert_eq!(load(store, key).await?.as_deref(), Some(record));
    Ok(())
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

/// Has `from` announce changes until `to` hears of one: those before it listens are lost.
pub(crate) async fn hears(to: &SharedStore, from: &SharedStore, key: &StoreKey) {
    let listener = to.changes().unwrap().listen(key);
    to.load(key).await.unwrap();
    let mut round = 0;
    until("a change is heard of", async || {
        round += 1;
        let seen = listener.count();
        let expected = from.load(key).await.unwrap().record;
        let swap = Swap::new(expected, Some(format!("record {round}").into()), KEEP).announced();
        from.swap(key, swap).await.unwrap();
        let heard = tokio::time::timeout(Duration::from_millis(200), listener.more_than(seen));
        heard.await.is_ok()
    })
    .await;
}
