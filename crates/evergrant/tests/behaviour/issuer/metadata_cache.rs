//! The metadata is fetched once for all, cached, and renewed in the background.

use std::sync::Arc;
use std::time::Duration;

use evergrant::discovery::Endpoint;
use evergrant::{ClientCredentials, RetryPolicy};
use evergrant_reqwest::Transport;
use evergrant_testing::{LogCapture, MockResponse};

use super::tokens;
use crate::support::{CLIENT, Fixture, SECRET, call_concurrently, seconds};

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;

#[tokio::test]
async fn all_callers_share_one_fetch_of_the_metadata() {
    let fixture = Fixture::new();
    let tokens = tokens(&fixture);
    let hold = fixture.auth.hold_metadata();
    let managers: Vec<_> = (0..20)
        .map(|scope| tokens.with_scopes([format!("s{scope}")]).unwrap())
        .collect();
    let managers = Arc::new(managers);
    let calls = call_concurrently(1, {
        let managers = Arc::clone(&managers);
        move || {
            let managers = Arc::clone(&managers);
            async move {
                let calls = managers
                    .iter()
                    .cloned()
                    .map(|tokens| tokio::spawn(async move { tokens.token().await }));
                let calls: Vec<_> = calls.collect();
                for call in calls {
                    call.await.unwrap().unwrap();
                }
            }
        }
    });
    let release = async {
        fixture.auth.wait_for_metadata_requests(1).await;
        fixture.clock.wait_for_sleepers(20).await;
        hold.release();
    };
    tokio::join!(calls, release);
    assert_eq!((fixture.auth.metadata_requests(), fixture.requests()), (1, 20));
}

#[tokio::test]
async fn callers_that_waited_share_a_failure() {
    let fixture = Fixture::new();
    fixture.auth.metadata_always(MockResponse::new(404));
    let tokens = tokens(&fixture);
    let hold = fixture.auth.hold_metadata();
    let manager = tokens.clone();
    let first = tokio::spawn(async move { manager.server_metadata().await });
    fixture.auth.wait_for_metadata_requests(1).await;
    let manager = tokens.clone();
    let second = tokio::spawn(async move { manager.server_metadata().await });
    fixture.clock.wait_for_sleepers(4).await;
    hold.release();
    first.await.unwrap().unwrap_err();
    second.await.unwrap().unwrap_err();
    assert_eq!(fixture.auth.metadata_requests(), 2, "one for each URL");
}

#[tokio::test]
async fn a_fetch_continues_when_its_caller_is_gone() {
    let fixture = Fixture::new();
    let tokens = tokens(&fixture);
    let hold = fixture.auth.hold_metadata();
    let manager = tokens.clone();
    let abandoned = tokio::spawn(async move { manager.server_metadata().await });
    fixture.auth.wait_for_metadata_requests(1).await;
    let waiting = tokio::spawn(async move { tokens.server_metadata().await });
    fixture.clock.wait_for_sleepers(4).await;
    abandoned.abort();
    hold.release();
    assert!(waiting.await.unwrap().unwrap().is_some());
}

/// Returns after how many seconds the metadata is renewed.
async fn renewed_after(cache_control: Option<&str>) -> u64 {
    let fixture = Fixture::new();
    if let Some(value) = cache_control {
        fixture.auth.metadata_cache_control(value);
    }
    let tokens = tokens(&fixture);
    tokens.server_metadata().await.unwrap();
    let hold = fixture.auth.hold_metadata();
    for elapsed in 1.. {
        fixture.clock.advance(seconds(MINUTE));
        tokens.server_metadata().await.unwrap();
        fixture.clock.settle().await;
        // The time limit of the renewal.
        if fixture.clock.sleepers() > 0 {
            hold.release();
            return elapsed * MINUTE;
        }
    }
    unreachable!("the loop ends")
}

#[tokio::test]
async fn max_age_counts_between_a_floor_and_a_ceiling() {
    for (cache_control, expected) in [
        (None, HOUR),
        (Some("max-age=1800"), HOUR / 2),
        (Some("max-age=0"), 5 * MINUTE),
        (Some("no-store"), 5 * MINUTE),
        (Some("max-age=31536000"), 24 * HOUR),
    ] {
        assert_eq!(renewed_after(cache_control).await, expected, "{cache_control:?}");
    }
}

#[tokio::test]
async fn a_renewal_delays_no_call_and_starts_at_the_url_that_had_the_document() {
    let fixture = Fixture::new();
    fixture
        .auth
        .serve_metadata_at(&[evergrant_testing::MetadataLocation::OpenId]);
    let tokens = tokens(&fixture);
    tokens.token().await.unwrap();
    assert_eq!(fixture.auth.metadata_requests(), 2);
    let hold = fixture.auth.hold_metadata();
    fixture.clock.advance(seconds(HOUR));
    for _ in 0..3 {
        tokens.server_metadata().await.unwrap();
    }
    fixture.auth.wait_for_metadata_requests(3).await;
    assert!(super::metadata_paths(&fixture)[2].ends_with("/openid-configuration"));
    fixture
        .auth
        .metadata_with("revocation_endpoint", "\"https://elsewhere.example.net/revoke\"");
    hold.release();
    let revocation = || async {
        let metadata = tokens.server_metadata().await.unwrap().unwrap();
        metadata.endpoint(Endpoint::Revocation).unwrap().to_string()
    };
    while revocation().await != "https://elsewhere.example.net/revoke" {
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.auth.metadata_requests(), 3);
}

#[tokio::test]
async fn the_loss_of_the_metadata_is_survived() {
    for fault in [
        MockResponse::new(500),
        MockResponse::new(404),
        MockResponse::new(200).json("{}"),
    ] {
        let fixture = Fixture::with(|server| server.lifetime(seconds(60)));
        let logs = LogCapture::new();
        let _guard = logs.install();
        let tokens = tokens(&fixture);
        tokens.token().await.unwrap();
        fixture.auth.metadata_always(fault);
        for hours in 1..5 {
            fixture.clock.advance(seconds(HOUR));
            tokens.token().await.unwrap();
            fixture.auth.wait_for_metadata_requests(1 + 2 * hours).await;
            while renewal_failures(&logs) < hours {
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(fixture.requests(), 5);
    }
}

fn renewal_failures(logs: &LogCapture) -> usize {
    logs.by_name("evergrant.metadata_renewal_failed").len()
}

#[tokio::test]
async fn a_transient_failure_is_retried() {
    let fixture = Fixture::new();
    let tokens = ClientCredentials::builder(CLIENT, SECRET)
        .issuer(fixture.auth.issuer())
        .retries(RetryPolicy::new(1).pause(Duration::from_millis(1)))
        .build(Transport::default())
        .unwrap();
    fixture.auth.metadata_next(MockResponse::new(503));
    fixture.auth.metadata_next(MockResponse::new(503));
    tokens.token().await.unwrap();
    assert_eq!(fixture.auth.metadata_requests(), 3);
}
