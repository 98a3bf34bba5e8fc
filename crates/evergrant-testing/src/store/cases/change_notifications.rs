//! Cases about change notifications, for engines that support them.

use std::time::Duration;

use evergrant::store::{ChangeListener, StoreKey, Swap};

use crate::store::case_result::{CaseError, CaseResult, ensure, fail};
use crate::store::fixture::{Fixture, RETENTION, local_now};

pub(super) async fn an_announced_swap_notifies_other_handles(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    for (number, listener) in listeners(&fixture, &key)?.into_iter().enumerate() {
        // The next handle announces the change.
        assert_notified(&fixture, number + 1, &key, &listener, true).await?;
    }
    Ok(())
}

pub(super) async fn an_announced_removal_notifies_other_handles(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    for (number, listener) in listeners(&fixture, &key)?.into_iter().enumerate() {
        assert_notified(&fixture, number + 1, &key, &listener, false).await?;
    }
    Ok(())
}

fn listeners(fixture: &Fixture, key: &StoreKey) -> CaseResult<Vec<ChangeListener>> {
    let listeners = fixture.stores().iter().map(|store| Some(store.changes()?.listen(key)));
    let listeners: Vec<_> = listeners.collect();
    if listeners.iter().all(Option::is_none) {
        return Err(CaseError::Skipped(
            "the store does not support notifications".to_owned(),
        ));
    }
    let Some(listeners) = listeners.into_iter().collect() else {
        fail!("only some handles support notifications")
    };
    Ok(listeners)
}

/// Announces changes repeatedly, because notifications may be lost, and are lost before the subscription is active.
async fn assert_notified(
    fixture: &Fixture,
    from: usize,
    key: &StoreKey,
    listener: &ChangeListener,
    put: bool,
) -> CaseResult {
    let start = local_now();
    let limit = fixture.delays().notification;
    for round in 0_u64.. {
        if !put {
            fixture.put(key, "first").await?;
        }
        let store = fixture.store(from);
        let record = put.then(|| format!("record {round}").into());
        let expected = store.load(key).await?.record;
        let seen = listener.count();
        store
            .swap(key, Swap::new(expected, record, RETENTION).with_notification())
            .await?;
        if tokio::time::timeout(Duration::from_millis(500), listener.changed_since(seen))
            .await
            .is_ok()
        {
            return Ok(());
        }
        ensure!(
            local_now().elapsed_since(start) < limit,
            "no notification for {} announced swaps through another handle within {limit:?}",
            round + 1
        );
    }
    Ok(())
}
