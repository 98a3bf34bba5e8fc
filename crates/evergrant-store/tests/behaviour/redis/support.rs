//! Helpers for the tests of the Redis store.

use std::time::Duration;

use evergrant::store::{SharedStore, StoreError, StoreKey, Swap, SwapOutcome};
pub(crate) use store_faults::store_helpers::{RECORD_TTL, key, load, open, put, swap, wait_until};

/// Returns the name of the key in Redis.
pub(crate) fn name(key: &StoreKey) -> String {
    format!("evergrant:{key}")
}

/// Replaces the current record and checks that it is stored.
pub(crate) async fn replace(store: &SharedStore, key: &StoreKey, record: &str) -> Result<(), StoreError> {
    let expected = store.load(key).await?.record;
    let outcome = store
        .swap(key, Swap::new(expected, Some(record.into()), RECORD_TTL))
        .await?;
    assert_eq!(outcome, SwapOutcome::Done);
    assert_eq!(load(store, key).await?.as_deref(), Some(record));
    Ok(())
}

/// Makes changes through `from` until `to` is notified of one. Changes before its subscription are not notified.
pub(crate) async fn assert_notified(to: &SharedStore, from: &SharedStore, key: &StoreKey) {
    let listener = to.changes().unwrap().listen(key);
    to.load(key).await.unwrap();
    let mut round = 0;
    wait_until("a notification arrives", async || {
        round += 1;
        let seen = listener.count();
        let expected = from.load(key).await.unwrap().record;
        let swap = Swap::new(expected, Some(format!("record {round}").into()), RECORD_TTL).with_notification();
        from.swap(key, swap).await.unwrap();
        let notified = tokio::time::timeout(Duration::from_millis(200), listener.changed_since(seen));
        notified.await.is_ok()
    })
    .await;
}
