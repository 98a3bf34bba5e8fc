//! How long and how often a process waits for another one, and how it reports the other's failure.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use evergrant::error::SharedFailureKind;
use evergrant::store::{
    Changes, LeaseOutcome, LeasedRecord, Loaded, StoreError, StoreKey, Swap, SwapOutcome, TokenStore,
};
use evergrant::{Error, FailureBackoff, TimeLimits, Token, TokenManager};
use evergrant_testing::{LogCapture, MockResponse};

use super::support::{FaultyStore, Fixture, seconds, value};
use crate::scripted_transport::{ScriptedTransport, failure};

fn record(fixture: &Fixture, process: &TokenManager) -> LeasedRecord {
    let key = process.store_key().unwrap().clone();
    LeasedRecord::new(fixture.store.clone(), key).with_runtime(fixture.clock.clone())
}

async fn shared_failure(process: &TokenManager) -> Arc<evergrant::error::SharedFailureError> {
    match process.token().await.unwrap_err() {
        Error::SharedFailure(error) => error,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn without_notifications_a_waiting_process_polls_at_most_five_times_a_second() {
    let fixture = Fixture::new();
    fixture.store.disable_notifications();
    let process = fixture.process();
    let other = record(&fixture, &process);
    assert!(matches!(
        other.acquire(seconds(3)).await.unwrap(),
        LeaseOutcome::Acquired(_)
    ));
    let before = fixture.store.operations();
    let call = tokio::spawn(async move { process.token().await });
    fixture.clock.settle().await;
    for _ in 0..2900 / 5 {
        fixture.clock.advance(Duration::from_millis(5));
        fixture.clock.settle().await;
    }
    let reads = fixture.store.operations() - before;
    assert!((10..=25).contains(&reads), "{reads} reads in three seconds");
    fixture
        .advance_until(Duration::from_millis(50), || call.is_finished())
        .await;
    call.await.unwrap().unwrap();
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn a_flight_that_waits_for_another_process_is_not_replaced() {
    let fixture = Fixture::new();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let limits = TimeLimits::new().wait(seconds(60));
    let process = fixture.build(fixture.builder().time_limits(limits));
    let other = record(&fixture, &process);
    let LeaseOutcome::Acquired(lease) = other.acquire(seconds(3)).await.unwrap() else {
        panic!("no other process holds the lease");
    };
    let call = || {
        let process = process.clone();
        tokio::spawn(async move { process.token().await.map(|token| value(&token)) })
    };
    let first = call();
    fixture.clock.settle().await;
    // Longer than the flight of a process without a store may take.
    for _ in 0..33 {
        fixture.clock.advance(Duration::from_millis(500));
        fixture.clock.settle().await;
        other.renew(&lease, seconds(3)).await.unwrap();
    }
    let second = call();
    fixture.clock.settle().await;
    assert_eq!(logs.by_name("evergrant.fetch_started").len(), 1);
    fixture
        .advance_until(Duration::from_millis(100), || {
            first.is_finished() && second.is_finished()
        })
        .await;
    assert_eq!(first.await.unwrap().unwrap(), second.await.unwrap().unwrap());
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn a_stored_token_ends_a_cached_failure_without_notifications() {
    let fixture = Fixture::new();
    fixture.store.disable_notifications();
    let backoff = FailureBackoff::new().first(seconds(30)).max_without_token(seconds(30));
    let transport = ScriptedTransport::new([failure(evergrant::error::TransportErrorKind::Interrupted)]);
    let process = fixture
        .builder()
        .failure_backoff(backoff)
        .build(transport.clone())
        .unwrap();
    process.token().await.unwrap_err();
    let other = record(&fixture, &process);
    let LeaseOutcome::Acquired(lease) = other.acquire(seconds(3)).await.unwrap() else {
        panic!("no other process holds the lease");
    };
    other.save(&lease, &Token::new("stored")).await.unwrap();
    process.token().await.unwrap_err();
    fixture.clock.advance(Duration::from_millis(200));
    assert_eq!(value(&process.token().await.unwrap()), "stored");
    assert_eq!(transport.sent(), 1);
}

#[tokio::test]
async fn a_failure_to_reach_the_server_is_shared() {
    use evergrant::error::TransportErrorKind::Connect;
    let fixture = Fixture::new();
    let isolated = fixture.process_over(ScriptedTransport::new([failure(Connect)]));
    isolated.token().await.unwrap_err();
    let error = shared_failure(&fixture.process()).await;
    assert_eq!(error.kind(), SharedFailureKind::Unreachable);
    assert_eq!(fixture.requests(), 0);
}

#[tokio::test]
async fn a_shared_rejection_states_each_hint_once() {
    let fixture = Fixture::new();
    let rejection = r#"{"error":"invalid_scope","error_description":"unknown scope"}"#;
    fixture.auth.next(MockResponse::new(400).json(rejection));
    let own = fixture.process().token().await.unwrap_err();
    let hint = "set scopes(..)";
    assert_eq!(own.to_string().matches(hint).count(), 1, "{own}");
    let shared = shared_failure(&fixture.process()).await;
    assert!(shared.message().contains("unknown scope") && !shared.message().contains(hint));
    assert_eq!(shared.to_string().matches(hint).count(), 1, "{shared}");
}

#[tokio::test]
async fn a_failure_while_a_process_waits_for_it_is_not_earlier() {
    let fixture = Fixture::new();
    let hold = fixture.auth.hold();
    fixture.auth.next(MockResponse::new(500));
    let (one, two) = (fixture.process(), fixture.process());
    let calls = [one, two].map(|process| tokio::spawn(async move { process.token().await }));
    fixture.wait_until(|| fixture.requests() == 1).await;
    fixture.clock.settle().await;
    hold.release();
    let mut shared = None;
    for call in calls {
        if let Error::SharedFailure(error) = call.await.unwrap().unwrap_err() {
            shared = Some(error);
        }
    }
    assert!(!shared.expect("one process waited for the other").is_earlier());
    fixture.clock.advance(Duration::from_millis(100));
    assert!(shared_failure(&fixture.process()).await.is_earlier());
}

/// A store in which other processes are faster a number of times.
#[derive(Debug, Clone)]
struct Contended {
    store: FaultyStore,
    left: Arc<AtomicUsize>,
}

impl TokenStore for Contended {
    async fn load(&self, key: &StoreKey) -> Result<Loaded, StoreError> {
        self.store.load(key).await
    }

    async fn swap(&self, key: &StoreKey, swap: Swap) -> Result<SwapOutcome, StoreError> {
        let order = Ordering::Relaxed;
        match self.left.fetch_update(order, order, |left| left.checked_sub(1)) {
            Ok(_) => Ok(SwapOutcome::Conflict),
            Err(_) => self.store.swap(key, swap).await,
        }
    }

    async fn keys(&self) -> Result<Vec<StoreKey>, StoreError> {
        self.store.keys().await
    }

    fn changes(&self) -> Option<&Changes> {
        self.store.changes()
    }
}

#[tokio::test]
async fn a_process_that_loses_twenty_races_in_a_row_fetches_without_the_store() {
    for (conflicts, requests) in [(19, 1), (20, 1), (21, 2), (22, 2)] {
        let fixture = Fixture::new();
        let store = Contended {
            store: fixture.store.clone(),
            left: Arc::new(AtomicUsize::new(conflicts)),
        };
        let process = fixture.build(fixture.builder().store(store));
        let call = tokio::spawn(async move { process.token().await.unwrap() });
        fixture
            .advance_until(Duration::from_millis(50), || call.is_finished())
            .await;
        call.await.unwrap();
        fixture.process().token().await.unwrap();
        assert_eq!(fixture.requests(), requests, "{conflicts}");
    }
}
