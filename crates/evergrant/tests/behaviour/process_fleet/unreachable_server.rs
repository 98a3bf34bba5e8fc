//! One process cannot reach the server while others can.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use evergrant::FailureBackoff;
use evergrant::error::{TransportError, TransportErrorKind};
use evergrant::{TokenManager, Transport};

use super::support::{Fixture, Mode, seconds, value};

/// A transport that always fails to connect, and counts attempts.
#[derive(Debug, Clone, Default)]
struct Unreachable(Arc<AtomicUsize>);

impl Unreachable {
    fn attempts(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Transport for Unreachable {
    async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Err(TransportError::new(TransportErrorKind::Connect, "unreachable"))
    }
}

/// Calls both processes every 50 ms until they have the same token, and returns how long this took.
async fn time_until_common_token(fixture: &Fixture, isolated: &TokenManager, other: &TokenManager) -> Duration {
    let mut passed = Duration::ZERO;
    while passed < seconds(60) {
        let outcomes = [isolated.token().await, other.token().await];
        if let [Ok(one), Ok(two)] = &outcomes {
            assert_eq!(value(one), value(two));
            return passed;
        }
        fixture.settle(&[isolated.clone(), other.clone()]).await;
        fixture.clock.advance(Duration::from_millis(50));
        passed += Duration::from_millis(50);
    }
    panic!("no token in {passed:?}");
}

#[tokio::test]
async fn an_unreachable_server_leaves_the_next_attempt_to_another_process() {
    // Repeated to rule out chance.
    for _ in 0..20 {
        let (fixture, transport) = (Fixture::new(), Unreachable::default());
        let (isolated, other) = (fixture.process_over(transport.clone()), fixture.process());
        isolated.token().await.unwrap_err();
        let waited = time_until_common_token(&fixture, &isolated, &other).await;
        assert!(waited <= Duration::from_millis(1500), "{waited:?}");
        assert_eq!((transport.attempts(), fixture.requests()), (1, 1));
    }
}

#[tokio::test]
async fn a_failed_renewal_is_left_to_another_process() {
    for _ in 0..20 {
        let (fixture, transport) = (Fixture::new(), Unreachable::default());
        let (isolated, other) = (fixture.process_over(transport.clone()), fixture.process());
        let first = value(&other.token().await.unwrap());
        assert_eq!(value(&isolated.token().await.unwrap()), first);
        fixture.clock.advance(seconds(3600 * 79 / 100));
        isolated.token().await.unwrap();
        fixture.settle(std::slice::from_ref(&isolated)).await;
        assert_eq!(transport.attempts(), 1);
        for _ in 0..40 {
            isolated.token().await.unwrap();
            other.token().await.unwrap();
            fixture.settle(&[isolated.clone(), other.clone()]).await;
            fixture.clock.advance(Duration::from_millis(50));
        }
        assert_ne!(value(&isolated.token().await.unwrap()), first);
        assert_eq!((transport.attempts(), fixture.requests()), (1, 2));
    }
}

#[tokio::test]
async fn a_shared_token_ends_a_failure_without_notifications() {
    let (fixture, transport) = (Fixture::new(), Unreachable::default());
    fixture.store.disable_notifications();
    let (isolated, other) = (fixture.process_over(transport), fixture.process());
    // Repeated failures, so that the back-off is long.
    for _ in 0..4 {
        isolated.token().await.unwrap_err();
        fixture.clock.advance(seconds(11));
    }
    isolated.token().await.unwrap_err();
    fixture.clock.advance(seconds(6));
    let token = value(&other.token().await.unwrap());
    let mut passed = Duration::ZERO;
    while isolated.token().await.is_err() {
        fixture.clock.advance(Duration::from_millis(50));
        passed += Duration::from_millis(50);
        assert!(passed <= Duration::from_millis(300), "{passed:?}");
    }
    assert_eq!(value(&isolated.token().await.unwrap()), token);
}

#[tokio::test]
async fn a_hanging_store_does_not_slow_down_cached_failures() {
    let (fixture, transport) = (Fixture::new(), Unreachable::default());
    // Failures are cached for longer than a read of a hanging store takes.
    let builder = fixture.builder().failure_backoff(
        FailureBackoff::new()
            .first(seconds(1))
            .max(seconds(30))
            .max_without_token(seconds(5)),
    );
    let process = builder.build(evergrant::SharedTransport::new(transport)).unwrap();
    // Repeated failures, so that the back-off is long.
    for _ in 0..4 {
        process.token().await.unwrap_err();
        fixture.clock.advance(seconds(11));
    }
    process.token().await.unwrap_err();
    fixture.store.set_mode(Mode::Hanging);
    fixture.clock.advance(seconds(2));
    // Only the first call reads the store; the circuit breaker stops the others.
    let mut waits = Vec::new();
    for _ in 0..5 {
        let call = tokio::spawn({
            let process = process.clone();
            async move { process.token().await }
        });
        waits.push(
            fixture
                .advance_until(Duration::from_millis(50), || call.is_finished())
                .await,
        );
        call.await.unwrap().unwrap_err();
    }
    assert!(waits[0] <= Duration::from_millis(1100), "{waits:?}");
    assert!(waits[1..].iter().all(Duration::is_zero), "{waits:?}");
}
