//! Metrics of fetches, by reason and outcome.

use std::time::Duration;

use evergrant::Error;
use evergrant::RetryPolicy;
use evergrant_reqwest::Transport;
use evergrant_testing::{Fault, MockResponse};

use super::prometheus_recorder::Exporter;
use super::{builder, unshared};
use crate::process_fleet::support::{Fixture, seconds};

#[tokio::test]
async fn fetches_are_counted_by_their_reason() {
    let exporter = Exporter::new();
    let _recorder = exporter.install();
    let fixture = Fixture::new();
    let tokens = unshared(&fixture);
    tokens.token().await.unwrap();
    fixture.clock.advance(seconds(2900));
    tokens.token().await.unwrap();
    fixture.wait_until(|| tokens.status().tokens_fetched == 2).await;
    fixture.clock.advance(seconds(3600));
    let expired = tokens.token().await.unwrap();
    tokens.reject(expired.generation());
    tokens.token().await.unwrap();
    let own = tokens.fetch_token().await.unwrap();
    tokens.renew_token(&own).await.unwrap();
    exporter.assert_values(&[
        ("evergrant_fetches_total{outcome=\"ok\",reason=\"missing\"}", 1.0),
        ("evergrant_fetches_total{outcome=\"ok\",reason=\"renewal\"}", 1.0),
        ("evergrant_fetches_total{outcome=\"ok\",reason=\"expired\"}", 1.0),
        ("evergrant_fetches_total{outcome=\"ok\",reason=\"rejected\"}", 1.0),
        ("evergrant_fetches_total{outcome=\"ok\",reason=\"requested\"}", 2.0),
        ("evergrant_fetch_seconds_count{outcome=\"ok\"}", 6.0),
    ]);
}

#[tokio::test]
async fn fetches_are_counted_by_their_outcome() {
    let failures: [(Fault, &str); 7] = [
        (
            MockResponse::new(401).json(r#"{"error":"invalid_client"}"#).into(),
            "rejected",
        ),
        (MockResponse::new(404).into(), "rejected"),
        (MockResponse::new(429).into(), "rate_limited"),
        (MockResponse::new(503).into(), "server_error"),
        (
            MockResponse::new(400)
                .json(r#"{"error":"temporarily_unavailable"}"#)
                .into(),
            "server_error",
        ),
        (MockResponse::new(200).body("<html>").into(), "invalid_response"),
        (Fault::Hang, "timeout"),
    ];
    let fixture = Fixture::new();
    for (fault, outcome) in failures {
        let exporter = Exporter::new();
        let _recorder = exporter.install();
        fixture.auth.next(fault);
        let tokens = unshared(&fixture);
        let before = fixture.requests();
        let call = tokio::spawn({
            let tokens = tokens.clone();
            async move { tokens.token().await }
        });
        fixture.auth.wait_for_token_requests(before + 1).await;
        if outcome == "timeout" {
            fixture.advance_until(seconds(1), || call.is_finished()).await;
            fixture.advance_until(seconds(1), || !tokens.status().fetching).await;
        }
        call.await.unwrap().unwrap_err();
        let series = format!("evergrant_fetches_total{{outcome=\"{outcome}\",reason=\"missing\"}}");
        let seconds = format!("evergrant_fetch_seconds_count{{outcome=\"{outcome}\"}}");
        exporter.assert_values(&[(&series, 1.0), (&seconds, 1.0)]);
        assert_eq!(exporter.text().matches("evergrant_fetches_total{").count(), 1);
    }

    let exporter = Exporter::new();
    let _recorder = exporter.install();
    fixture.auth.stop();
    unshared(&fixture).token().await.unwrap_err();
    let provider = async |_, _| Err(Error::provider("the provider failed"));
    let tokens = builder(&fixture).token_provider(provider);
    let tokens = tokens.build(Transport::default()).unwrap();
    tokens.token().await.unwrap_err();
    exporter.assert_values(&[
        (
            "evergrant_fetches_total{outcome=\"unreachable\",reason=\"missing\"}",
            1.0,
        ),
        ("evergrant_fetches_total{outcome=\"other\",reason=\"missing\"}", 1.0),
    ]);
}

#[tokio::test]
async fn retries_are_counted_separately() {
    let exporter = Exporter::new();
    let _recorder = exporter.install();
    let fixture = Fixture::new();
    fixture.auth.next_n(2, MockResponse::new(503));
    let tokens = builder(&fixture).retries(RetryPolicy::new(2).pause(Duration::ZERO));
    tokens.build(Transport::default()).unwrap().token().await.unwrap();
    exporter.assert_values(&[
        ("evergrant_fetch_retries_total", 2.0),
        ("evergrant_fetches_total{outcome=\"ok\",reason=\"missing\"}", 1.0),
    ]);
}

#[tokio::test]
async fn a_failed_renewal_of_a_valid_token_is_counted_as_served_stale() {
    let exporter = Exporter::new();
    let _recorder = exporter.install();
    let fixture = Fixture::new();
    let tokens = unshared(&fixture);
    tokens.token().await.unwrap();
    fixture.auth.always(MockResponse::new(503));
    fixture.clock.advance(seconds(2900));
    tokens.token().await.unwrap();
    fixture.wait_until(|| tokens.status().fetches_failed == 1).await;
    fixture.wait_until(|| !tokens.status().fetching).await;
    exporter.assert_values(&[
        ("evergrant_served_stale_total", 1.0),
        (
            "evergrant_fetches_total{outcome=\"server_error\",reason=\"renewal\"}",
            1.0,
        ),
    ]);
}
