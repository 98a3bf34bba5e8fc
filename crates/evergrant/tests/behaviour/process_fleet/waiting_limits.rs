//! Upper limits for waiting calls, and for the load on a failing store.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use evergrant::Error;
use evergrant::TimeLimits;
use evergrant::runtime::{BlockingTask, BoxFuture, Runtime, SpawnError, Timestamp};
use evergrant::store::{SharedStore, Swap};
use evergrant_testing::{LogCapture, ManualClock};

use super::support::{Fixture, Mode, UnavailableKeys, common_token, seconds};

#[tokio::test]
async fn a_call_that_restarts_after_a_background_flight_keeps_its_limit() {
    let fixture = Fixture::new();
    let process = fixture.build(
        fixture
            .builder()
            .time_limits(TimeLimits::new().wait(Duration::from_millis(1500))),
    );
    process.token().await.unwrap();
    fixture.clock.advance(seconds(3600 * 79 / 100));
    fixture.store.set_mode(Mode::Hanging);
    let _hold = fixture.auth.hold();
    let before = fixture.store.operations();
    // Starts a renewal that waits for the store and is then postponed.
    process.token().await.unwrap();
    fixture.wait_until(|| fixture.store.operations() > before).await;
    let call = tokio::spawn({
        let process = process.clone();
        async move { process.token_valid_for(seconds(3000)).await }
    });
    fixture.clock.settle().await;
    let waited = fixture
        .advance_until(Duration::from_millis(50), || call.is_finished())
        .await;
    assert!(matches!(call.await.unwrap(), Err(Error::Timeout(_))));
    assert!(waited <= Duration::from_millis(1600), "{waited:?}");
}

#[tokio::test]
async fn a_slow_store_within_its_limit_still_serves_the_fleet() {
    let fixture = Fixture::new();
    fixture.store.set_delay(Duration::from_millis(600));
    let processes = fixture.processes(5);
    let call = tokio::spawn({
        let processes = processes.clone();
        async move { common_token(&processes).await }
    });
    fixture
        .advance_until(Duration::from_millis(50), || call.is_finished())
        .await;
    call.await.unwrap();
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn unavailable_keys_are_treated_like_an_unavailable_store() {
    for keys in [UnavailableKeys::Failing, UnavailableKeys::Hanging] {
        let fixture = Fixture::new();
        // Each process has its own circuit breaker.
        let processes: Vec<_> = (0..10)
            .map(|_| {
                fixture.build(
                    fixture
                        .builder()
                        .store(SharedStore::new(fixture.store.clone()).with_seal(keys)),
                )
            })
            .collect();
        let call = tokio::spawn({
            let processes = processes.clone();
            async move { super::support::request_tokens(&processes).await }
        });
        let waited = fixture
            .advance_until(Duration::from_millis(50), || call.is_finished())
            .await;
        for outcome in call.await.unwrap() {
            outcome.unwrap();
        }
        assert!(waited <= Duration::from_millis(1700), "{keys:?}: {waited:?}");
    }
}

#[tokio::test]
async fn an_unusable_record_is_not_read_on_every_call() {
    let fixture = Fixture::new();
    let process = fixture.process();
    let key = process.store_key().unwrap();
    process.token().await.unwrap();
    let store = SharedStore::new(fixture.store.clone());
    let current = store.load(key).await.unwrap().record;
    let newer = format!(r#"{{"evergrant":2,"key":"{key}"}}"#);
    let swap = Swap::new(current, Some(newer.into()), seconds(100_000));
    store.swap(key, swap).await.unwrap();
    fixture.clock.advance(seconds(3600 * 79 / 100));
    let logs = LogCapture::new();
    let _guard = logs.install();
    let before = fixture.store.operations();
    for _ in 0..600 {
        process.token().await.unwrap();
        fixture.settle(std::slice::from_ref(&process)).await;
        fixture.clock.advance(Duration::from_millis(100));
    }
    let operations = fixture.store.operations() - before;
    assert!((1..=4).contains(&operations), "{operations} operations in a minute");
    assert!(logs.by_name("evergrant.store_failed").len() <= 4);
}

#[tokio::test]
async fn keep_warm_sleeps_while_its_renewal_is_postponed() {
    let fixture = Fixture::new();
    let sleeps = Arc::new(AtomicUsize::new(0));
    let runtime = CountingRuntime {
        clock: fixture.clock.clone(),
        sleeps: Arc::clone(&sleeps),
    };
    let process = fixture.build(fixture.builder().runtime(runtime));
    process.token().await.unwrap();
    fixture.store.set_mode(Mode::Failing);
    fixture.clock.advance(seconds(3600 * 79 / 100));
    let warm = process.keep_warm().unwrap();
    let before = sleeps.load(Ordering::SeqCst);
    for _ in 0..600 {
        fixture.clock.settle().await;
        fixture.clock.advance(Duration::from_millis(100));
    }
    drop(warm);
    let slept = sleeps.load(Ordering::SeqCst) - before;
    assert!((4..=60).contains(&slept), "{slept} sleeps in a minute");
}

/// The manual clock, with a counter of sleeps.
#[derive(Debug)]
struct CountingRuntime {
    clock: ManualClock,
    sleeps: Arc<AtomicUsize>,
}

impl Runtime for CountingRuntime {
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
