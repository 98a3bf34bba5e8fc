//! Many at once: the swap is what everything else rests on.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use evergrant::store::{SharedStore, StoreKey, Swap, SwapOutcome};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::store::verdict::{Stop, Verdict, ensure, fail};
use crate::store::world::{KEEP, World};

const RACERS: usize = 8;

pub(super) async fn of_swaps_that_expect_nothing_one_wins(world: World) -> Verdict {
    for round in 0..10 {
        one_wins(&world, &world.key(&round.to_string()), None).await?;
    }
    Ok(())
}

pub(super) async fn of_swaps_that_expect_the_same_record_one_wins(world: World) -> Verdict {
    let key = world.key("a");
    world.put(&key, "first").await?;
    for _ in 0..10 {
        let expected = world.text(&key).await?;
        one_wins(&world, &key, expected).await?;
    }
    Ok(())
}

pub(super) async fn a_load_sees_every_swap_that_has_returned(world: World) -> Verdict {
    let key = world.key("a");
    let mut last = None;
    for round in 0..50 {
        let text = format!("record {round}");
        let swap = Swap::new(last, Some(text.as_str().into()), KEEP);
        let outcome = world.store(round).swap(&key, swap).await?;
        ensure!(
            outcome == SwapOutcome::Done,
            "a swap conflicts with what another handle has just put"
        );
        let loaded = world.store(round + 1).load(&key).await?.record;
        ensure!(
            loaded.as_ref().is_some_and(|record| record.expose() == text),
            "a load does not find what a swap through another handle has put before"
        );
        last = loaded;
    }
    Ok(())
}

pub(super) async fn no_increment_is_lost(world: World) -> Verdict {
    const EACH: u64 = 12;
    let key = world.key("a");
    world.put(&key, "0").await?;
    let counter = Counter {
        key: key.clone(),
        returned: Arc::default(),
    };
    let mut tasks = JoinSet::new();
    for store in world.stores() {
        let (store, counter) = (store.clone(), counter.clone());
        tasks.spawn(async move {
            for _ in 0..EACH {
                counter.increment(&store).await?;
            }
            Ok(())
        });
    }
    all(tasks).await?;
    let total = EACH * world.stores().len() as u64;
    let found = world.text(&key).await?;
    ensure!(
        found.as_deref() == Some(&*total.to_string()),
        "{total} increments that were all done have come to {found:?}"
    );
    Ok(())
}

/// Dropped at any point: before the first answer, between two, or just before the last. What was dropped may still arrive.
pub(super) async fn an_operation_that_is_dropped_leaves_the_store_usable(world: World) -> Verdict {
    let key = world.key("a");
    let text = |round: usize| format!("record {round}: {}", "whole or not at all, ".repeat(round));
    world.put(&key, &text(0)).await?;
    for round in 1..=60 {
        let store = world.store(round / 2);
        let expected = store.load(&key).await?.record;
        let swap = Swap::new(expected, Some(text(round).into()), KEEP);
        dropped(round, store.swap(&key, swap)).await;
        dropped(round, store.load(&key)).await;
        if round.is_multiple_of(20) {
            dropped(round, store.keys()).await;
        }
        let found = store.load(&key).await?.record;
        ensure!(
            found.is_some_and(|found| (0..=round).any(|round| text(round) == found.expose())),
            "after a swap was dropped, the record is neither an old one nor the new one"
        );
    }
    for number in 0..world.stores().len() {
        let expected = world.store(number).load(&key).await?.record;
        let outcome = swap_until_settled(world.store(number), &key, expected).await?;
        ensure!(
            outcome == SwapOutcome::Done,
            "after operations were dropped, no swap is done any more"
        );
    }
    Ok(())
}

/// A swap that was dropped may still arrive; once it has, nobody is in the way.
async fn swap_until_settled(
    store: &SharedStore,
    key: &StoreKey,
    mut expected: Option<evergrant::Secret>,
) -> Verdict<SwapOutcome> {
    let mut outcome = SwapOutcome::Conflict;
    for _ in 0..10 {
        let swap = Swap::new(expected, Some("last".into()), KEEP);
        outcome = store.swap(key, swap).await?;
        if outcome == SwapOutcome::Done {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        expected = store.load(key).await?.record;
    }
    Ok(outcome)
}

/// Begins the operation, and drops it after a while or after a few turns. It does not matter whether it came to its end.
async fn dropped(round: usize, operation: impl Future) {
    if round.is_multiple_of(2) {
        let _ = tokio::time::timeout(Duration::from_micros(50 * round as u64), operation).await;
        return;
    }
    let mut operation = pin!(operation);
    for _ in 0..=round / 2 % 4 {
        let ended = poll_fn(|context| Poll::Ready(operation.as_mut().poll(context).is_ready())).await;
        if ended {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Everybody swaps at once; one is told that it is done, and that one's text is there.
async fn one_wins(world: &World, key: &StoreKey, expected: Option<String>) -> Verdict {
    let start = Arc::new(Barrier::new(RACERS));
    let winners = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut tasks = JoinSet::new();
    for racer in 0..RACERS {
        let (store, key, start) = (world.store(racer).clone(), key.clone(), Arc::clone(&start));
        let (expected, winners) = (expected.clone(), Arc::clone(&winners));
        tasks.spawn(async move {
            let before = expected.as_deref().unwrap_or_default();
            let text = format!("{before}{racer}");
            let swap = Swap::new(expected.map(Into::into), Some(text.as_str().into()), KEEP);
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
    all(tasks).await?;
    let winners = std::mem::take(&mut *winners.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    ensure!(
        winners.len() == 1,
        "of {RACERS} swaps that expect the same, {} were done",
        winners.len()
    );
    ensure!(
        world.text(key).await? == Some(winners[0].clone()),
        "the record is not that of the one swap that was done"
    );
    Ok(())
}

#[derive(Clone)]
struct Counter {
    key: StoreKey,
    /// The greatest number that a swap has put, and returned.
    returned: Arc<AtomicU64>,
}

impl Counter {
    async fn increment(&self, store: &SharedStore) -> Verdict {
        for _ in 0..1000 {
            let least = self.returned.load(Ordering::SeqCst);
            let expected = store.load(&self.key).await?.record;
            let Some(number) = expected.as_ref().and_then(|record| record.expose().parse::<u64>().ok()) else {
                fail!("a record that is only ever replaced is gone, or another one")
            };
            ensure!(
                number >= least,
                "a load finds {number} after a swap to {least} has returned"
            );
            let next = (number + 1).to_string();
            let swap = Swap::new(expected, Some(next.into()), KEEP);
            if store.swap(&self.key, swap).await? == SwapOutcome::Done {
                self.returned.fetch_max(number + 1, Ordering::SeqCst);
                return Ok(());
            }
        }
        fail!("1000 swaps in a row conflict; of those that are under way at one time, one must be done")
    }
}

async fn all(mut tasks: JoinSet<Verdict>) -> Verdict {
    while let Some(outcome) = tasks.join_next().await {
        outcome.map_err(|error| Stop::Failed(format!("it panicked: {error}")))??;
    }
    Ok(())
}
