//! Cases about concurrent operations: the atomic swap is the basis of everything else.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use evergrant::store::{SharedStore, StoreKey, Swap, SwapOutcome};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::store::case_result::{CaseError, CaseResult, ensure, fail};
use crate::store::fixture::{Fixture, RETENTION};

const RACERS: usize = 8;

pub(super) async fn one_of_concurrent_inserts_wins(fixture: Fixture) -> CaseResult {
    for round in 0..10 {
        assert_one_wins(&fixture, &fixture.key(&round.to_string()), None).await?;
    }
    Ok(())
}

pub(super) async fn one_of_concurrent_swaps_wins(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    fixture.put(&key, "first").await?;
    for _ in 0..10 {
        let expected = fixture.text(&key).await?;
        assert_one_wins(&fixture, &key, expected).await?;
    }
    Ok(())
}

pub(super) async fn a_load_sees_every_completed_swap(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let mut last = None;
    for round in 0..50 {
        let text = format!("record {round}");
        let swap = Swap::new(last, Some(text.as_str().into()), RETENTION);
        let outcome = fixture.store(round).swap(&key, swap).await?;
        ensure!(
            outcome == SwapOutcome::Done,
            "a swap conflicts with a record that another handle has just written"
        );
        let loaded = fixture.store(round + 1).load(&key).await?.record;
        ensure!(
            loaded.as_ref().is_some_and(|record| record.expose() == text),
            "a load does not find the record of a completed swap through another handle"
        );
        last = loaded;
    }
    Ok(())
}

pub(super) async fn concurrent_increments_are_not_lost(fixture: Fixture) -> CaseResult {
    const EACH: u64 = 12;
    let key = fixture.key("a");
    fixture.put(&key, "0").await?;
    let counter = Counter {
        key: key.clone(),
        completed: Arc::default(),
    };
    let mut tasks = JoinSet::new();
    for store in fixture.stores() {
        let (store, counter) = (store.clone(), counter.clone());
        tasks.spawn(async move {
            for _ in 0..EACH {
                counter.increment(&store).await?;
            }
            Ok(())
        });
    }
    join_all(tasks).await?;
    let total = EACH * fixture.stores().len() as u64;
    let found = fixture.text(&key).await?;
    ensure!(
        found.as_deref() == Some(&*total.to_string()),
        "{total} completed increments resulted in {found:?}"
    );
    Ok(())
}

/// Operations are cancelled at any point. A cancelled operation may still take effect.
pub(super) async fn a_cancelled_operation_leaves_the_store_usable(fixture: Fixture) -> CaseResult {
    let key = fixture.key("a");
    let text = |round: usize| format!("record {round}: {}", "all or nothing, ".repeat(round));
    fixture.put(&key, &text(0)).await?;
    for round in 1..=60 {
        let store = fixture.store(round / 2);
        let expected = store.load(&key).await?.record;
        let swap = Swap::new(expected, Some(text(round).into()), RETENTION);
        cancel_early(round, store.swap(&key, swap)).await;
        cancel_early(round, store.load(&key)).await;
        if round.is_multiple_of(20) {
            cancel_early(round, store.keys()).await;
        }
        let found = store.load(&key).await?.record;
        ensure!(
            found.is_some_and(|found| (0..=round).any(|round| text(round) == found.expose())),
            "after a cancelled swap, the record is neither an old one nor the new one"
        );
    }
    for number in 0..fixture.stores().len() {
        let expected = fixture.store(number).load(&key).await?.record;
        let outcome = swap_until_settled(fixture.store(number), &key, expected).await?;
        ensure!(
            outcome == SwapOutcome::Done,
            "after cancelled operations, no swap succeeds"
        );
    }
    Ok(())
}

/// Repeats the swap, because a cancelled swap may still take effect and cause a conflict.
async fn swap_until_settled(
    store: &SharedStore,
    key: &StoreKey,
    mut expected: Option<evergrant::Secret>,
) -> CaseResult<SwapOutcome> {
    let mut outcome = SwapOutcome::Conflict;
    for _ in 0..10 {
        let swap = Swap::new(expected, Some("last".into()), RETENTION);
        outcome = store.swap(key, swap).await?;
        if outcome == SwapOutcome::Done {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        expected = store.load(key).await?.record;
    }
    Ok(outcome)
}

/// Starts the operation, and cancels it after a delay or after a few polls if it has not completed.
async fn cancel_early(round: usize, operation: impl Future) {
    if round.is_multiple_of(2) {
        let _ = tokio::time::timeout(Duration::from_micros(50 * round as u64), operation).await;
        return;
    }
    let mut operation = pin!(operation);
    for _ in 0..=round / 2 % 4 {
        let completed = poll_fn(|context| Poll::Ready(operation.as_mut().poll(context).is_ready())).await;
        if completed {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Runs concurrent swaps, and asserts that exactly one succeeds and that its text is stored.
async fn assert_one_wins(fixture: &Fixture, key: &StoreKey, expected: Option<String>) -> CaseResult {
    let start = Arc::new(Barrier::new(RACERS));
    let winners = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut tasks = JoinSet::new();
    for racer in 0..RACERS {
        let (store, key, start) = (fixture.store(racer).clone(), key.clone(), Arc::clone(&start));
        let (expected, winners) = (expected.clone(), Arc::clone(&winners));
        tasks.spawn(async move {
            let before = expected.as_deref().unwrap_or_default();
            let text = format!("{before}{racer}");
            let swap = Swap::new(expected.map(Into::into), Some(text.as_str().into()), RETENTION);
            start.wait().await;
            if store.swap(&key, swap).await? == SwapOutcome::Done {
                winners
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .push(text);
            }
            Ok(())
        });
    }
    join_all(tasks).await?;
    let winners = std::mem::take(&mut *winners.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    ensure!(
        winners.len() == 1,
        "{} of {} concurrent swaps with the same expected record succeeded",
        winners.len(),
        RACERS
    );
    ensure!(
        fixture.text(key).await? == Some(winners[0].clone()),
        "the record is not the one that the successful swap wrote"
    );
    Ok(())
}

#[derive(Clone)]
struct Counter {
    key: StoreKey,
    /// The greatest number written by a completed swap.
    completed: Arc<AtomicU64>,
}

impl Counter {
    async fn increment(&self, store: &SharedStore) -> CaseResult {
        for _ in 0..1000 {
            let least = self.completed.load(Ordering::SeqCst);
            let expected = store.load(&self.key).await?.record;
            let Some(number) = expected.as_ref().and_then(|record| record.expose().parse::<u64>().ok()) else {
                fail!("the counter record is missing or not a number")
            };
            ensure!(
                number >= least,
                "a load finds {number} after a completed swap to {least}"
            );
            let next = (number + 1).to_string();
            let swap = Swap::new(expected, Some(next.into()), RETENTION);
            if store.swap(&self.key, swap).await? == SwapOutcome::Done {
                self.completed.fetch_max(number + 1, Ordering::SeqCst);
                return Ok(());
            }
        }
        fail!("1000 consecutive swaps conflict although one of the concurrent swaps must succeed")
    }
}

async fn join_all(mut tasks: JoinSet<CaseResult>) -> CaseResult {
    while let Some(outcome) = tasks.join_next().await {
        outcome.map_err(|error| CaseError::Failed(format!("a task panicked: {error}")))??;
    }
    Ok(())
}
