//! What the tests have in common.

use std::time::Duration;

use evergrant::store::{SharedStore, StoreError, StoreKey, Swap, SwapOutcome};
pub(crate) use fleet::probe::{KEEP, key, load, open, put, swap, until};

/// The key's name in Redis.
pub(crate) fn name(key: &StoreKey) -> String {
    format!("evergrant:{key}")
}

/// Puts a record in the place of whatever is there, and finds it.
pub(crate) async fn replace(store: &SharedStore, key: &StoreKey, record: &str) -> Result<(), StoreError> {
    let expected = store.load(key).await?.record;
    let outcome = store.swap(key, Swap::new(expected, Some(record.into()), KEEP)).await?;
    assert_eq!(outcome, SwapOutcome::Done);
    assert_eq!(load(store, key).await?.as_deref(), Some(record));
    Ok(())
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
