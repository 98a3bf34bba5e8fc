//! What calls do while a failure is cached, and what is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use evergrant::client_auth::{ClientSecretBasic, ClientSecrets};
use evergrant::{ClientCredentials, Error, Rejection, ReplayOutcome};
use evergrant_testing::{LogCapture, ManualClock};

use crate::scripted_transport::{ScriptedTransport, json, token};
use crate::support::{CLIENT, SECRET, seconds, value};

const TOKEN_URL: &str = "https://auth.example.com/token";

#[tokio::test]
async fn a_cached_rejection_of_a_fixed_secret_starts_no_task() {
    let clock = ManualClock::new();
    let transport = ScriptedTransport::new([json(401, r#"{"error":"invalid_client"}"#)]);
    let tokens = ClientCredentials::builder(CLIENT, SECRET)
        .token_url(TOKEN_URL)
        .runtime(clock.clone())
        .build(transport.clone())
        .unwrap();
    tokens.token().await.unwrap_err();
    let tasks = clock.tasks_started();
    for _ in 0..3 {
        tokens.token().await.unwrap_err();
    }
    assert_eq!((clock.tasks_started(), transport.sent()), (tasks, 1));
}

#[tokio::test]
async fn a_provider_of_secrets_is_asked_again_only_after_a_rejection() {
    for (response, is_rejection) in [
        (json(401, r#"{"error":"invalid_client"}"#), true),
        (json(503, ""), false),
    ] {
        let clock = ManualClock::new();
        let transport = ScriptedTransport::new([response]);
        let calls = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&calls);
        let provider = move || {
            count.fetch_add(1, Ordering::Relaxed);
            async { Ok::<_, Error>(ClientSecrets::new(SECRET)) }
        };
        let tokens = ClientCredentials::builder(CLIENT, ClientSecretBasic::with_provider(provider))
            .token_url(TOKEN_URL)
            .runtime(clock.clone())
            .retries(0)
            .build(transport.clone())
            .unwrap();
        tokens.token().await.unwrap_err();
        let before = calls.load(Ordering::Relaxed);
        tokens.token().await.unwrap_err();
        assert_eq!(calls.load(Ordering::Relaxed) > before, is_rejection);
        assert_eq!(transport.sent(), 1);
    }
}

#[tokio::test]
async fn rejected_and_replaced_tokens_are_counted() {
    let clock = ManualClock::new();
    let transport = ScriptedTransport::new([token("first"), token("second"), token("third"), token("fourth")]);
    let tokens = ClientCredentials::builder(CLIENT, SECRET)
        .token_url(TOKEN_URL)
        .runtime(clock.clone())
        .build(transport)
        .unwrap();
    let none = evergrant::Generation::default();
    let first = tokens.replace(none).await.unwrap();
    assert_eq!((value(&first).as_str(), tokens.status().rejections), ("first", 0));
    let second = tokens.replace(first.generation()).await.unwrap();
    assert_eq!((value(&second).as_str(), tokens.status().rejections), ("second", 1));
    let again = tokens.replace(first.generation()).await.unwrap();
    assert_eq!((value(&again).as_str(), tokens.status().rejections), ("second", 1));
    clock.advance(seconds(10));
    assert_eq!(tokens.reject(second.generation()), Rejection::Accepted);
    assert_eq!(tokens.status().rejections, 2);
}

#[tokio::test]
async fn in_manual_mode_a_token_is_not_replaced() {
    let initial = evergrant::Token::new("initial");
    let transport = ScriptedTransport::new([token("fetched")]);
    let tokens = ClientCredentials::builder(CLIENT, SECRET)
        .token_url(TOKEN_URL)
        .token(initial)
        .manual()
        .build(transport.clone())
        .unwrap();
    let current = tokens.token().await.unwrap();
    let replaced = tokens.replace(current.generation()).await.unwrap();
    assert_eq!(value(&replaced), "initial");
    assert_eq!((tokens.status().rejections, transport.sent()), (0, 0));
}

#[tokio::test]
async fn rejected_replays_are_reported_once_per_pause() {
    let logs = LogCapture::new();
    let _guard = logs.install();
    let clock = ManualClock::new();
    let tokens = ClientCredentials::builder(CLIENT, SECRET)
        .token_url(TOKEN_URL)
        .runtime(clock.clone())
        .build(ScriptedTransport::new([token("fetched")]))
        .unwrap();
    let generation = tokens.token().await.unwrap().generation();
    let reports = || logs.by_name("evergrant.renewal_suppressed").len();
    for expected in [1, 1] {
        tokens.report_replay(generation, ReplayOutcome::Rejected);
        assert_eq!(reports(), expected);
    }
    clock.advance(seconds(5));
    tokens.report_replay(generation, ReplayOutcome::Rejected);
    assert_eq!(reports(), 2);
}
