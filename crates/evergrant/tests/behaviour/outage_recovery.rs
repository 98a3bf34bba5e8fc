//! Recovery after an outage: how soon calls succeed, and how many requests are sent during the outage.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use evergrant::TokenManager;
use evergrant_reqwest::Transport;
use evergrant_testing::{Fault, MockResponse};

use crate::support::{Fixture, seconds};

/// Ten calls per second.
const CALL_INTERVAL: Duration = Duration::from_millis(100);

#[derive(Debug, Default)]
struct Measurements {
    /// Number of requests during the outage.
    requests: usize,
    /// Number of failed calls after the outage.
    failed: usize,
    /// Time from the end of the outage to the first success.
    recovered: Duration,
}

/// Makes a call, and advances the clock while the call waits for a timer.
async fn call(fixture: &Fixture, tokens: &TokenManager) -> bool {
    let tokens = tokens.clone();
    let mut call = Box::pin(async move { tokens.token().await.is_ok() });
    // A cached failure or token is returned immediately.
    if let Poll::Ready(outcome) = poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await {
        return outcome;
    }
    let call = tokio::spawn(call);
    fixture.clock.settle().await;
    fixture
        .wait_until(|| {
            if !call.is_finished() && fixture.clock.sleepers() > 2 {
                // The pause before a retry.
                fixture.clock.advance(Duration::from_millis(1));
            }
            call.is_finished()
        })
        .await;
    call.await.unwrap()
}

async fn outage(duration: Duration, fault: Fault) -> Measurements {
    let fixture = Fixture::new();
    let tokens = fixture.builder().retries(2).build(Transport::default()).unwrap();
    fixture.auth.always(fault);
    let ticks = u32::try_from(duration.as_millis() / CALL_INTERVAL.as_millis()).unwrap();
    for _ in 0..ticks {
        assert!(!call(&fixture, &tokens).await);
        fixture.clock.advance(CALL_INTERVAL);
    }
    let mut measurements = Measurements {
        requests: fixture.requests(),
        ..Measurements::default()
    };
    fixture.auth.recover();
    while !call(&fixture, &tokens).await {
        measurements.failed += 1;
        measurements.recovered += CALL_INTERVAL;
        fixture.clock.advance(CALL_INTERVAL);
    }
    assert_eq!(fixture.requests(), measurements.requests + 1);
    measurements
}

#[tokio::test]
async fn calls_recover_within_1200_ms_after_an_outage() {
    for fault in [Fault::from(MockResponse::new(503)), Fault::Reset] {
        for duration in [1, 5, 20, 60] {
            let measurements = outage(seconds(duration), fault.clone()).await;
            println!("{duration} s, {fault:?}: {measurements:?}");
            assert!(
                measurements.recovered <= Duration::from_millis(1200),
                "{duration} s: {measurements:?}"
            );
            // The first fetch has retries. The others are at least 0.8 s apart.
            let most = 3 + usize::try_from(duration * 10 / 8).unwrap();
            assert!(measurements.requests <= most, "{duration} s: {measurements:?}");
        }
    }
}

#[tokio::test]
async fn without_calls_an_unavailable_server_gets_no_requests() {
    let fixture = Fixture::new();
    fixture.auth.always(MockResponse::new(503));
    let tokens = fixture.tokens();
    tokens.token().await.unwrap_err();
    fixture.clock.advance(seconds(600));
    fixture.clock.settle().await;
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn keep_warm_backs_off_from_an_unavailable_server() {
    let fixture = Fixture::new();
    fixture.auth.always(MockResponse::new(503));
    let tokens = fixture.tokens();
    let warm = tokens.keep_warm().unwrap();
    for _ in 0..600 {
        fixture
            .wait_until(|| !tokens.status().fetching && fixture.clock.sleepers() == 1)
            .await;
        fixture.clock.advance(CALL_INTERVAL);
    }
    // After 1 s, 2 s, 4 s, and then every 5 s, with 20% jitter.
    assert!((10..=20).contains(&fixture.requests()), "{}", fixture.requests());
    drop(warm);
}
