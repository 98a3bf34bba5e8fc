//! Metrics of calls: waiting time, remaining token lifetime, rejections and replays.

use evergrant::{Rejection, ReplayOutcome, Token};
use evergrant_testing::MockResponse;
use http::HeaderMap;

use super::prometheus_recorder::Exporter;
use super::unshared;
use crate::process_fleet::support::{Fixture, request_tokens, seconds};

#[tokio::test]
async fn only_calls_that_waited_are_measured() {
    let exporter = Exporter::new();
    let _recorder = exporter.install();
    let fixture = Fixture::new();
    let process = unshared(&fixture);
    let hold = fixture.auth.hold();
    let processes = [process.clone(), process.clone()];
    let call = tokio::spawn(async move { request_tokens(&processes).await });
    fixture.auth.wait_for_token_requests(1).await;
    // One call is cancelled, as by a timeout of the caller.
    let cancelled = tokio::spawn({
        let process = process.clone();
        async move { process.token().await }
    });
    fixture.clock.settle().await;
    fixture.clock.advance(seconds(2));
    cancelled.abort();
    assert!(cancelled.await.unwrap_err().is_cancelled());
    fixture.clock.advance(seconds(1));
    hold.release();
    for outcome in call.await.unwrap() {
        outcome.unwrap();
    }
    exporter.assert_values(&[
        ("evergrant_wait_seconds_count{outcome=\"ok\"}", 2.0),
        ("evergrant_wait_seconds_sum{outcome=\"ok\"}", 6.0),
        ("evergrant_wait_seconds_count{outcome=\"abandoned\"}", 1.0),
        ("evergrant_wait_seconds_sum{outcome=\"abandoned\"}", 2.0),
    ]);

    // Calls served from the cache, and calls that get a cached failure, have not waited.
    process.token().await.unwrap();
    process.token_valid_for(seconds(60)).await.unwrap();
    fixture.clock.advance(seconds(3600));
    fixture.auth.always(MockResponse::new(503));
    for _ in 0..3 {
        process.token().await.unwrap_err();
    }
    exporter.assert_values(&[
        ("evergrant_wait_seconds_count{outcome=\"ok\"}", 2.0),
        ("evergrant_wait_seconds_count{outcome=\"failed\"}", 1.0),
    ]);
}

#[tokio::test]
async fn keep_warm_records_no_wait() {
    let exporter = Exporter::new();
    let _recorder = exporter.install();
    let fixture = Fixture::new();
    let process = fixture.process();
    let _warm = process.keep_warm().unwrap();
    fixture.wait_until(|| process.status().tokens_fetched == 1).await;
    assert!(!exporter.text().contains("evergrant_wait_seconds"));
    assert!(!exporter.text().contains("evergrant_token_remaining_seconds"));
}

#[tokio::test]
async fn remaining_lifetime_is_measured_at_first_use_and_sampled() {
    let exporter = Exporter::new();
    let _recorder = exporter.install();
    let fixture = Fixture::new();
    let process = fixture.process();
    process.token().await.unwrap();
    exporter.assert_values(&[
        ("evergrant_token_remaining_seconds_count", 1.0),
        ("evergrant_token_remaining_seconds_sum", 3600.0),
    ]);
    fixture.clock.advance(seconds(1600));
    let mut headers = HeaderMap::new();
    for _ in 0..305 {
        process.authorize_now(&mut headers).unwrap();
        process.authorize(&mut headers).await.unwrap();
    }
    exporter.assert_values(&[
        ("evergrant_token_remaining_seconds_count", 11.0),
        ("evergrant_token_remaining_seconds_sum", 3600.0 + 10.0 * 2000.0),
    ]);
    fixture.clock.advance(seconds(2000));
    process.authorize(&mut headers).await.unwrap();
    exporter.assert_values(&[
        ("evergrant_token_remaining_seconds_count", 12.0),
        ("evergrant_token_remaining_seconds_sum", 2.0 * 3600.0 + 10.0 * 2000.0),
    ]);
}

#[tokio::test]
async fn a_token_without_expiry_has_no_remaining_lifetime() {
    let exporter = Exporter::new();
    let _recorder = exporter.install();
    let fixture = Fixture::new();
    let process = fixture.build(fixture.builder().token(Token::new("not-a-real-token")));
    let mut headers = HeaderMap::new();
    for _ in 0..100 {
        process.authorize_now(&mut headers).unwrap();
    }
    assert!(!exporter.text().contains("evergrant_token_remaining_seconds"));
}

#[tokio::test]
async fn rejections_and_replays_are_counted_by_outcome() {
    let exporter = Exporter::new();
    let _recorder = exporter.install();
    let fixture = Fixture::new();
    let process = fixture.process();
    let first = process.token().await.unwrap().generation();
    assert_eq!(process.reject(first), Rejection::Accepted);
    assert_eq!(process.reject(first), Rejection::Superseded);
    let second = process.token().await.unwrap().generation();
    process.report_replay(second, ReplayOutcome::Accepted);
    process.report_replay(second, ReplayOutcome::Rejected);
    assert_eq!(process.reject(second), Rejection::Suppressed);
    exporter.assert_values(&[
        ("evergrant_rejections_total{outcome=\"accepted\"}", 1.0),
        ("evergrant_rejections_total{outcome=\"superseded\"}", 1.0),
        ("evergrant_rejections_total{outcome=\"suppressed\"}", 1.0),
        ("evergrant_replays_total{outcome=\"accepted\"}", 1.0),
        ("evergrant_replays_total{outcome=\"rejected\"}", 1.0),
    ]);
}
