//! Cases about the retention of records. The engine's clock measures it, so that a slow machine does not fail a case.

use std::time::Duration;

use evergrant::store::{StoreKey, Swap, SwapOutcome};

use crate::store::case_result::{CaseError, CaseResult, ensure, fail};
use crate::store::fixture::{Fixture, RETENTION, SLACK, local_now};

const SHORT_RETENTION: Duration = Duration::from_millis(300);

pub(super) async fn a_record_is_kept_for_its_retention(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let start = fixture.store(0).load(&key).await?.now;
    put(&fixture, &key, None, "first", SHORT_RETENTION * 2).await?;
    loop {
        let loaded = fixture.store(1).load(&key).await?;
        if loaded.now + SLACK >= start + SHORT_RETENTION * 2 {
            return Ok(());
        }
        ensure!(
            loaded.record.is_some(),
            "a record with a retention of {:?} is missing {:?} after it was written",
            SHORT_RETENTION * 2,
            loaded.now.saturating_sub(start)
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(super) async fn the_last_swap_sets_the_retention(fixture: Fixture) -> CaseResult {
    let names = ["extended", "shortened and extended", "unchanged"];
    let [extended, alternating, unchanged] = names.map(|name| fixture.key(name));
    let start = fixture.store(0).load(&extended).await?.now;
    put(&fixture, &unchanged, None, "first", RETENTION).await?;
    let other = Swap::new(Some("other".into()), Some("second".into()), SHORT_RETENTION);
    ensure!(
        fixture.store(1).swap(&unchanged, other).await? == SwapOutcome::Conflict,
        "a swap that expects another text succeeds"
    );
    put_in_turn(&fixture, &extended, &[SHORT_RETENTION, RETENTION]).await?;
    put_in_turn(&fixture, &alternating, &[2 * RETENTION, SHORT_RETENTION, RETENTION]).await?;
    while fixture.store(0).load(&extended).await?.now < start + SHORT_RETENTION * 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for key in [&extended, &alternating, &unchanged] {
        let late = fixture.store(0).load(key).await?.now > start + RETENTION;
        ensure!(
            late || fixture.text(key).await?.is_some(),
            "a record expired by the retention of an earlier or a conflicting swap"
        );
    }
    Ok(())
}

pub(super) async fn the_maximum_retention_is_accepted(fixture: Fixture) -> CaseResult {
    let year = Duration::from_secs(365 * 24 * 3600);
    for keep in [year, 400 * year, Duration::from_millis(u64::MAX), Duration::MAX] {
        let key = fixture.key(&format!("{keep:?}"));
        put(&fixture, &key, None, "first", keep).await?;
        ensure!(
            fixture.text(&key).await?.is_some(),
            "a record with a retention of {keep:?} is missing"
        );
        put(&fixture, &key, Some("first"), "second", keep).await?;
    }
    Ok(())
}

pub(super) async fn an_expired_record_is_removed(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    put(&fixture, &key, None, "first", SHORT_RETENTION).await?;
    let limit = SHORT_RETENTION + fixture.delays().expiry;
    let start = local_now();
    while fixture.text(&key).await?.is_some() {
        if local_now().elapsed_since(start) > limit {
            return Err(CaseError::Skipped(format!(
                "a record with a retention of {SHORT_RETENTION:?} still exists after {limit:?}"
            )));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for store in fixture.stores() {
        ensure!(
            store.load(&key).await?.record.is_none(),
            "an expired record is found again"
        );
        ensure!(
            !store.keys().await?.contains(&key),
            "the key of an expired record is listed"
        );
    }
    put(&fixture, &key, None, "second", RETENTION).await
}

/// Writes one record after the other with these retentions. Starts again if a record expires before the next one is
/// written.
async fn put_in_turn(fixture: &Fixture, key: &StoreKey, keep: &[Duration]) -> CaseResult {
    for _ in 0..20 {
        let mut last = fixture.store(0).load(key).await?.record;
        let mut outcome = SwapOutcome::Done;
        for (number, keep) in keep.iter().enumerate() {
            let record = Some(format!("record {number}").into());
            let swap = Swap::new(last, record.clone(), *keep);
            outcome = fixture.store(0).swap(key, swap).await?;
            last = record;
            if outcome == SwapOutcome::Conflict {
                break;
            }
        }
        if outcome == SwapOutcome::Done {
            return Ok(());
        }
    }
    fail!("a record with a retention of {SHORT_RETENTION:?} is missing immediately after it was written")
}

async fn put(fixture: &Fixture, key: &StoreKey, expected: Option<&str>, record: &str, keep: Duration) -> CaseResult {
    let swap = Swap::new(expected.map(Into::into), Some(record.into()), keep);
    let outcome = fixture.store(0).swap(key, swap).await?;
    ensure!(
        outcome == SwapOutcome::Done,
        "a swap conflicts without a concurrent writer"
    );
    Ok(())
}
