//! Metrics of leases and store errors.

use std::time::Duration;

use evergrant::TimeLimits;
use evergrant::store::{StoreKey, Swap, TokenStore};
use evergrant::{Secret, TokenManager};
use evergrant_testing::MockResponse;

use super::prometheus_recorder::Exporter;
use crate::process_fleet::support::{Fixture, Mode, common_token, request_tokens, seconds};

/// Requests a token while the clock advances.
async fn token_while_time_passes(
    fixture: &Fixture,
    process: &TokenManager,
) -> Result<evergrant::Token, evergrant::Error> {
    let process = process.clone();
    let call = tokio::spawn(async move { process.token().await });
    fixture
        .advance_until(Duration::from_millis(100), || call.is_finished())
        .await;
    call.await.unwrap()
}

#[tokio::test]
async fn one_process_acquires_the_lease_and_the_others_adopt_its_token() {
    let exporter = Exporter::new();
    let _recorder = exporter.install();
    let fixture = Fixture::new();
    common_token(&fixture.processes(5)).await;
    exporter.assert_values(&[
        ("evergrant_leases_total{outcome=\"acquired\"}", 1.0),
        ("evergrant_leases_total{outcome=\"held\"}", 4.0),
        ("evergrant_fetches_total{outcome=\"ok\",reason=\"missing\"}", 1.0),
        ("evergrant_fetches_total{outcome=\"adopted\",reason=\"missing\"}", 4.0),
        ("evergrant_fetch_seconds_count{outcome=\"adopted\"}", 4.0),
    ]);
}

#[tokio::test]
async fn a_failure_of_another_process_is_a_shared_failure() {
    let exporter = Exporter::new();
    let _recorder = exporter.install();
    let fixture = Fixture::new();
    fixture.auth.next(MockResponse::new(429).header("retry-after", "60"));
    for outcome in request_tokens(&fixture.processes(5)).await {
        outcome.unwrap_err();
    }
    exporter.assert_values(&[
        (
            "evergrant_fetches_total{outcome=\"rate_limited\",reason=\"missing\"}",
            1.0,
        ),
        (
            "evergrant_fetches_total{outcome=\"shared_failure\",reason=\"missing\"}",
            4.0,
        ),
    ]);
}

#[tokio::test]
async fn a_lease_taken_over_by_another_process_is_lost() {
    let exporter = Exporter::new();
    let _recorder = exporter.install();
    let fixture = Fixture::new();
    let late = fixture.build(
        fixture
            .builder()
            .time_limits(TimeLimits::new().attempt(seconds(14)).wait(seconds(14))),
    );
    let hold = fixture.auth.hold();
    let first_call = tokio::spawn(async move { late.token().await });
    fixture.auth.wait_for_token_requests(1).await;
    fixture.clock.suspend(seconds(4));
    let other = fixture.process();
    let call = tokio::spawn(async move { other.token().await });
    fixture.auth.wait_for_token_requests(2).await;
    hold.release();
    first_call.await.unwrap().unwrap();
    call.await.unwrap().unwrap();
    exporter.assert_values(&[
        ("evergrant_leases_total{outcome=\"acquired\"}", 2.0),
        ("evergrant_leases_total{outcome=\"lost\"}", 1.0),
    ]);
}

#[tokio::test]
async fn store_errors_and_recoveries_are_counted() {
    for (mode, operation, kind) in [
        (Mode::Failing, "load", "unavailable"),
        (Mode::Hanging, "load", "timeout"),
        (Mode::ReadOnly, "lease", "unavailable"),
    ] {
        let exporter = Exporter::new();
        let _recorder = exporter.install();
        let fixture = Fixture::new();
        fixture.store.set_mode(mode);
        let process = fixture.process();
        token_while_time_passes(&fixture, &process).await.unwrap();
        let series = format!("evergrant_store_errors_total{{operation=\"{operation}\",kind=\"{kind}\"}}");
        exporter.assert_values(&[(&series, 1.0)]);
        exporter.assert_values(&[("evergrant_store_recoveries_total", 0.0)]);
        fixture.store.set_mode(Mode::Normal);
        fixture.clock.advance(seconds(3600));
        token_while_time_passes(&fixture, &process).await.unwrap();
        exporter.assert_values(&[("evergrant_store_recoveries_total", 1.0)]);
    }
}

#[tokio::test]
async fn store_errors_after_a_fetch_are_counted() {
    let exporter = Exporter::new();
    let _recorder = exporter.install();
    for (response, operation) in [(None, "save"), (Some(MockResponse::new(503)), "release")] {
        let fixture = Fixture::new();
        if let Some(response) = response {
            fixture.auth.next(response);
        }
        let hold = fixture.auth.hold();
        let process = fixture.process();
        let call = tokio::spawn(async move { process.token().await });
        fixture.auth.wait_for_token_requests(1).await;
        fixture.store.set_mode(Mode::Failing);
        hold.release();
        let _ = call.await.unwrap();
        let series = format!("evergrant_store_errors_total{{operation=\"{operation}\",kind=\"unavailable\"}}");
        exporter.assert_values(&[(&series, 1.0)]);
    }
}

#[tokio::test]
async fn an_unusable_record_is_counted() {
    let exporter = Exporter::new();
    let _recorder = exporter.install();
    let fixture = Fixture::new();
    let process = fixture.process();
    let key: StoreKey = process.store_key().unwrap().clone();
    let damaged = Swap::new(None, Some(Secret::new("not a record")), seconds(3600));
    fixture.store.swap(&key, damaged).await.unwrap();
    process.token().await.unwrap();
    assert!(exporter.value("evergrant_store_records_ignored_total") >= 1.0);
}
