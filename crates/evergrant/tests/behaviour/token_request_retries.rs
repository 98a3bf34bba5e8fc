//! The pauses between the attempts of a fetch.

use std::time::Duration;

use evergrant::client_auth::ClientSecrets;
use evergrant::error::{TransportCause, TransportError, TransportErrorKind};
use evergrant::{ClientCredentials, Password, RetryPolicy, TimeLimits, Token};
use evergrant_testing::{LogCapture, ManualClock};

use crate::scripted_transport::{Reply, ScriptedTransport, failure, json, token};
use crate::support::{CLIENT, SECRET, seconds, value};

const TOKEN_URL: &str = "https://auth.example.com/token";

#[tokio::test]
async fn each_pause_is_random_below_a_maximum_that_doubles() {
    let logs = LogCapture::new();
    let _guard = logs.install();
    let (retries, fetches) = (9, 20);
    for _ in 0..fetches {
        let clock = ManualClock::new();
        let tokens = ClientCredentials::builder(CLIENT, SECRET)
            .token_url(TOKEN_URL)
            .runtime(clock.clone())
            .time_limits(TimeLimits::new().fetch(seconds(3600)).wait(seconds(3600)))
            .retries(RetryPolicy::new(retries).pause(Duration::from_millis(1)))
            .build(ScriptedTransport::new([failure(TransportErrorKind::Interrupted)]))
            .unwrap();
        let fetch = tokio::spawn(async move { tokens.token().await });
        while !fetch.is_finished() {
            clock.settle().await;
            clock.advance(seconds(1));
        }
        fetch.await.unwrap().unwrap_err();
    }
    let events = logs.by_name("evergrant.fetch_retried");
    let pauses = |retry: u32| -> Vec<u64> {
        let of_retry = events.iter().filter(|event| event.fields["retry"] == retry.to_string());
        of_retry
            .map(|event| event.fields["pause_ms"].parse().unwrap())
            .collect()
    };
    for retry in 1..=retries {
        let (drawn, maximum) = (pauses(retry), 1 << (retry - 1));
        assert_eq!(drawn.len(), fetches);
        assert!(drawn.iter().all(|pause| *pause <= maximum), "{retry}: {drawn:?}");
        // All twenty are below a quarter of the maximum with a probability of 2^-40.
        let is_random = maximum < 16 || drawn.iter().any(|pause| *pause >= maximum / 4);
        assert!(is_random, "{retry}: {drawn:?}");
    }
}

/// Returns the number of requests of a refresh whose first request has this outcome.
async fn refresh_requests(first: Reply) -> usize {
    let clock = ManualClock::new();
    let expired = Token::new("expired")
        .with_expires_at(clock.wall())
        .with_refresh_token("not-a-real-refresh-token");
    let transport = ScriptedTransport::new([first, token("renewed")]);
    let tokens = Password::new("reader", "not-a-real-password")
        .builder(CLIENT, SECRET)
        .token_url(TOKEN_URL)
        .runtime(clock.clone())
        .retries(RetryPolicy::new(1).pause(Duration::ZERO))
        .token(expired)
        .build(transport.clone())
        .unwrap();
    let _ = tokens.token().await;
    transport.sent()
}

#[tokio::test]
async fn a_refresh_token_is_sent_again_only_if_the_server_has_not_used_it() {
    let interrupted = TransportError::new(TransportErrorKind::Interrupted, "a failure");
    let not_processed = interrupted.clone().with_cause(TransportCause::NotProcessed);
    for (first, requests) in [
        (failure(TransportErrorKind::Connect), 2),
        (Err(not_processed), 2),
        (json(503, ""), 2),
        (Err(interrupted), 1),
        (failure(TransportErrorKind::Timeout), 1),
    ] {
        let case = format!("{first:?}");
        assert_eq!(refresh_requests(first).await, requests, "{case}");
    }
}

#[tokio::test]
async fn the_other_secret_is_tried_only_if_the_server_rejects_the_first() {
    for (first, requests) in [
        (json(401, r#"{"error":"invalid_client"}"#), 2),
        (json(400, r#"{"error":"invalid_scope"}"#), 1),
        (json(503, ""), 1),
        (failure(TransportErrorKind::Connect), 1),
    ] {
        let transport = ScriptedTransport::new([first, token("fetched")]);
        let secrets = ClientSecrets::new(SECRET).with_next("not-a-real-next-secret");
        let tokens = ClientCredentials::builder(CLIENT, secrets)
            .token_url(TOKEN_URL)
            .retries(0)
            .build(transport.clone())
            .unwrap();
        let fetched = tokens.token().await.map(|token| value(&token)).ok();
        assert_eq!(fetched.is_some(), requests == 2);
        assert_eq!(transport.sent(), requests);
    }
}
