//! How long a call waits at most, and a process leaves others alone at least, whatever the store does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use evergrant::Error;
use evergrant::runtime::{BlockingTask, BoxFuture, Runtime, SpawnError, Timestamp};
use evergrant::store::{SharedStore, Swap};
use evergrant_testing::{LogCapture, ManualClock};

use crate::support::{Mood, NoKeys, World, common, seconds};

#[tokio::test]
async fn a_call_that_starts_over_after_a_background_flight_waits_no_longer_than_its_limit() {
    let world = World::new();
    let member = world.build(world.builder().max_wait(Duration::from_millis(1500)));
    member.token().await.unwrap();
    world.clock.advance(seconds(3600 * 79 / 100));
    world.store.is(Mood::Hanging);
    let _hold = world.auth.hold();
    let before = world.store.operations();
    // Starts a renewal, which waits for the store and then puts itself off.
    member.token().await.unwrap();
    world.until(|| world.store.operations() > before).await;
    let asked = tokio::spawn({
        let member = member.clone();
        async move { member.token_valid_for(seconds(3000)).await }
    });
    world.clock.settle().await;
    let waited = world
        .pass_until(Duration::from_millis(50), || asked.is_finished())
        .await;
    assert!(matches!(asked.await.unwrap(), Err(Error::Timeout(_))));
    assert!(waited <= Duration::from_millis(1600), "{waited:?}");
}

#[tokio::test]
async fn a_store_that_takes_more_than_half_of_its_limit_for_each_operation_still_serves_the_fleet() {
    let world = World::new();
    world.store.takes(Duration::from_millis(600));
    let members = world.members(5);
    let asked = tokio::spawn({
        let members = members.clone();
        async move { common(&members).await }
    });
    world
        .pass_until(Duration::from_millis(50), || asked.is_finished())
        .await;
    asked.await.unwrap();
    assert_eq!(world.requests(), 1);
}

#[tokio::test]
async fn keys_that_cannot_be_had_are_like_a_store_that_cannot_be_had() {
    for keys in [NoKeys::Failing, NoKeys::Hanging] {
        let world = World::new();
        // Each a process of its own, with a breaker of its own.
        let members: Vec<_> = (0..10)
            .map(|_| {
                world.build(
                    world
                        .builder()
                        .store(SharedStore::new(world.store.clone()).sealed(keys)),
                )
            })
            .collect();
        let asked = tokio::spawn({
            let members = members.clone();
            async move { crate::support::ask(&members).await }
        });
        let waited = world
            .pass_until(Duration::from_millis(50), || asked.is_finished())
            .await;
        for outcome in asked.await.unwrap() {
            outcome.unwrap();
        }
        assert!(waited <= Duration::from_millis(1700), "{keys:?}: {waited:?}");
    }
}

#[tokio::test]
async fn a_renewal_does_not_hammer_a_record_that_it_cannot_use() {
    let world = World::new();
    let member = world.member();
    let key = member.store_key().unwrap();
    member.token().await.unwrap();
    let store = SharedStore::new(world.store.clone());
    let ours = store.load(key).await.unwrap().record;
    let newer = format!(r#"{{"evergrant":2,"key":"{key}"}}"#);
    let swap = Swap::new(ours, Some(newer.into()), seconds(100_000));
    store.swap(key, swap).await.unwrap();
    world.clock.advance(seconds(3600 * 79 / 100));
    let logs = LogCapture::new();
    let _installed = logs.install();
    let before = world.store.operations();
    for _ in 0..600 {
        member.token().await.unwrap();
        world.rest(std::slice::from_ref(&member)).await;
        world.clock.advance(Duration::from_millis(100));
    }
    let operations = world.store.operations() - before;
    assert!((1..=4).contains(&operations), "{operations} in a minute");
    assert!(logs.named("evergrant.store_failed").len() <= 4);
}

#[tokio::test]
async fn a_manager_that_is_kept_warm_sleeps_while_its_renewal_is_put_off() {
    let world = World::new();
    let sleeps = Arc::new(AtomicUsize::new(0));
    let counted = Counted {
        clock: world.clock.clone(),
        sleeps: Arc::clone(&sleeps),
    };
    let member = world.build(world.builder().runtime(counted));
    member.token().await.unwrap();
    world.store.is(Mood::Failing);
    world.clock.advance(seconds(3600 * 79 / 100));
    let warm = member.keep_warm().unwrap();
    let before = sleeps.load(Ordering::SeqCst);
    for _ in 0..600 {
        world.clock.settle().await;
        world.clock.advance(Duration::from_millis(100));
    }
    drop(warm);
    let slept = sleeps.load(Ordering::SeqCst) - before;
    assert!((4..=60).contains(&slept), "{slept} times in a minute");
}

/// The manual clock, and how often somebody has slept by it.
#[derive(Debug)]
struct Counted {
    clock: ManualClock,
    sleeps: Arc<AtomicUsize>,
}

impl Runtime for Counted {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send {
        self.sleeps.fetch_add(1, Ordering::SeqCst);
        self.clock.sleep(duration)
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.clock.spawn(task)
    }

    fn spawn_blocking(&self, task: BlockingTask) -> Result<(), SpawnError> {
        self.clock.spawn_blocking(task)
    }
}
