//! Fetches, by their reasons and outcomes.

use std::time::Duration;

use evergrant::Error;
use evergrant_reqwest::Transport;
use evergrant_testing::{Answer, Fault};

use crate::exporter::Exporter;
use crate::support::{World, seconds};
use crate::{alone, builder};

#[tokio::test]
async fn fetches_are_counted_by_their_reason() {
    let exporter = Exporter::new();
    let _listening = exporter.listen();
    let world = World::new();
    let tokens = alone(&world);
    tokens.token().await.unwrap();
    world.clock.advance(seconds(2900));
    tokens.token().await.unwrap();
    world.until(|| tokens.status().tokens_obtained == 2).await;
    world.clock.advance(seconds(3600));
    let expired = tokens.token().await.unwrap();
    tokens.reject(expired.generation());
    tokens.token().await.unwrap();
    let own = tokens.fetch_token().await.unwrap();
    tokens.renew_token(&own).await.unwrap();
    exporter.shows(&[
        ("evergrant_fetches_total{outcome=\"ok\",reason=\"missing\"}", 1.0),
        ("evergrant_fetches_total{outcome=\"ok\",reason=\"renewal\"}", 1.0),
        ("evergrant_fetches_total{outcome=\"ok\",reason=\"expired\"}", 1.0),
        ("evergrant_fetches_total{outcome=\"ok\",reason=\"rejected\"}", 1.0),
        ("evergrant_fetches_total{outcome=\"ok\",reason=\"asked\"}", 2.0),
        ("evergrant_fetch_seconds_count{outcome=\"ok\"}", 6.0),
    ]);
}

#[tokio::test]
async fn and_by_their_outcome() {
    let failures: [(Fault, &str); 7] = [
        (Answer::new(401).json(r#"{"error":"invalid_client"}"#).into(), "refused"),
        (Answer::new(404).into(), "refused"),
        (Answer::new(429).into(), "rate_limited"),
        (Answer::new(503).into(), "server_error"),
        (
            Answer::new(400).json(r#"{"error":"temporarily_unavailable"}"#).into(),
            "server_error",
        ),
        (Answer::new(200).body("<html>").into(), "invalid_response"),
        (Fault::Hang, "timeout"),
    ];
    let world = World::new();
    for (fault, outcome) in failures {
        let exporter = Exporter::new();
        let _listening = exporter.listen();
        world.auth.next(fault);
        let tokens = alone(&world);
        let before = world.requests();
        let asked = tokio::spawn({
            let tokens = tokens.clone();
            async move { tokens.token().await }
        });
        world.auth.wait_for_token_requests(before + 1).await;
        if outcome == "timeout" {
            world.pass_until(seconds(1), || asked.is_finished()).await;
            world.pass_until(seconds(1), || !tokens.status().fetching).await;
        }
        asked.await.unwrap().unwrap_err();
        let series = format!("evergrant_fetches_total{{outcome=\"{outcome}\",reason=\"missing\"}}");
        let seconds = format!("evergrant_fetch_seconds_count{{outcome=\"{outcome}\"}}");
        exporter.shows(&[(&series, 1.0), (&seconds, 1.0)]);
        assert_eq!(exporter.text().matches("evergrant_fetches_total{").count(), 1);
    }

    let exporter = Exporter::new();
    let _listening = exporter.listen();
    world.auth.stop();
    alone(&world).token().await.unwrap_err();
    let provider = async |_, _| Err(Error::provider("the application's own trouble"));
    let tokens = builder(&world).token_provider(provider);
    let tokens = tokens.build(Transport::default()).unwrap();
    tokens.token().await.unwrap_err();
    exporter.shows(&[
        (
            "evergrant_fetches_total{outcome=\"unreachable\",reason=\"missing\"}",
            1.0,
        ),
        ("evergrant_fetches_total{outcome=\"other\",reason=\"missing\"}", 1.0),
    ]);
}

#[tokio::test]
async fn attempts_that_are_repeated_are_counted_apart() {
    let exporter = Exporter::new();
    let _listening = exporter.listen();
    let world = World::new();
    world.auth.next_n(2, Answer::new(503));
    let tokens = builder(&world).retries(2).retry_pause(Duration::ZERO);
    tokens.build(Transport::default()).unwrap().token().await.unwrap();
    exporter.shows(&[
        ("evergrant_fetch_retries_total", 2.0),
        ("evergrant_fetches_total{outcome=\"ok\",reason=\"missing\"}", 1.0),
    ]);
}

#[tokio::test]
async fn a_failed_renewal_of_a_valid_token_is_counted_as_served_stale() {
    let exporter = Exporter::new();
    let _listening = exporter.listen();
    let world = World::new();
    let tokens = alone(&world);
    tokens.token().await.unwrap();
    world.auth.always(Answer::new(503));
    world.clock.advance(seconds(2900));
    tokens.token().await.unwrap();
    world.until(|| tokens.status().fetches_failed == 1).await;
    world.until(|| !tokens.status().fetching).await;
    exporter.shows(&[
        ("evergrant_served_stale_total", 1.0),
        (
            "evergrant_fetches_total{outcome=\"server_error\",reason=\"renewal\"}",
            1.0,
        ),
    ]);
}
