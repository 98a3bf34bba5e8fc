//! The documented events: their names, levels and fields.

use evergrant::RetryPolicy;
use evergrant_reqwest::Transport;
use evergrant_testing::{LogCapture, MockResponse};

use crate::support::{CLIENT, Fixture, seconds};

#[tokio::test]
async fn every_documented_event_has_its_fields() {
    let fixture = Fixture::new();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let tokens = fixture
        .builder()
        .retries(RetryPolicy::new(1).pause(std::time::Duration::ZERO))
        .build(Transport::default())
        .unwrap();
    fixture.auth.next(MockResponse::new(503));
    let first = tokens.token().await.unwrap().generation();
    fixture.clock.advance(seconds(2900));
    fixture.auth.always(MockResponse::new(503));
    tokens.token().await.unwrap();
    fixture.wait_until(|| !tokens.status().fetching).await;
    fixture.auth.recover();
    tokens.reject(first);
    fixture.clock.advance(seconds(40));
    let second = tokens.token().await.unwrap().generation();
    tokens.reject(second);
    let _ = tokens.fetch_token().await.unwrap();

    for (name, level, fields) in [
        ("evergrant.fetch", "DEBUG", &["reason"][..]),
        ("evergrant.fetch_started", "DEBUG", &["reason"]),
        ("evergrant.fetch_retried", "DEBUG", &["error", "retry", "pause_ms"]),
        (
            "evergrant.renewed",
            "DEBUG",
            &["generation", "elapsed_ms", "lifetime_s"],
        ),
        ("evergrant.fetch_failed", "WARN", &["error", "elapsed_ms", "backoff_ms"]),
        ("evergrant.served_stale", "WARN", &["generation", "error"]),
        ("evergrant.rejected", "WARN", &["generation"]),
        ("evergrant.renewal_suppressed", "WARN", &["generation"]),
    ] {
        let records = logs.by_name(name);
        let record = records.first().unwrap_or_else(|| panic!("no event {name}"));
        assert_eq!(
            (record.level.as_str(), record.target.as_str()),
            (level, "evergrant"),
            "{name}"
        );
        assert_eq!(record.fields["client_id"], CLIENT);
        assert_eq!(record.fields["endpoint"], fixture.auth.token_url());
        for field in fields {
            assert!(record.fields.contains_key(*field), "{name} has no {field}: {record:?}");
        }
    }
    let reasons: Vec<_> = logs
        .by_name("evergrant.fetch_started")
        .iter()
        .map(|event| event.fields["reason"].clone())
        .collect();
    assert_eq!(reasons, ["missing", "renewal", "rejected", "requested"]);
}

#[tokio::test]
async fn an_expired_initial_token_emits_an_event() {
    let fixture = Fixture::new();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let initial = evergrant::Token::new("old").with_expires_at(fixture.clock.wall());
    fixture.builder().token(initial).build(Transport::default()).unwrap();
    assert_eq!(logs.by_name("evergrant.initial_token_expired").len(), 1);
}
