//! The documented events: their names, levels and fields.

use evergrant_reqwest::Transport;
use evergrant_testing::{Answer, LogCapture};

use crate::support::{CLIENT, World, seconds};

#[tokio::test]
async fn every_documented_event_is_told_with_its_fields() {
    let world = World::new();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let tokens = world
        .builder()
        .retries(1)
        .retry_pause(std::time::Duration::ZERO)
        .build(Transport::default())
        .unwrap();
    world.auth.next(Answer::new(503));
    let first = tokens.token().await.unwrap().generation();
    world.clock.advance(seconds(2900));
    world.auth.always(Answer::new(503));
    tokens.token().await.unwrap();
    world.until(|| !tokens.status().fetching).await;
    world.auth.recover();
    tokens.reject(first);
    world.clock.advance(seconds(40));
    let second = tokens.token().await.unwrap().generation();
    tokens.reject(second);
    let _ = tokens.fetch_token().await.unwrap();

    for (name, level, fields) in [
        ("evergrant.flight", "DEBUG", &["reason"][..]),
        ("evergrant.fetch_started", "DEBUG", &["reason"]),
        ("evergrant.fetch_retried", "DEBUG", &["error", "retry", "pause_ms"]),
        (
            "evergrant.renewed",
            "DEBUG",
            &["generation", "elapsed_ms", "lifetime_s"],
        ),
        ("evergrant.fetch_failed", "WARN", &["error", "elapsed_ms", "quiet_ms"]),
        ("evergrant.served_stale", "WARN", &["generation", "error"]),
        ("evergrant.rejected", "WARN", &["generation"]),
        ("evergrant.renewal_suppressed", "WARN", &["generation"]),
    ] {
        let records = logs.named(name);
        let record = records.first().unwrap_or_else(|| panic!("{name} was not told"));
        assert_eq!(
            (record.level.as_str(), record.target.as_str()),
            (level, "evergrant"),
            "{name}"
        );
        assert_eq!(record.fields["client_id"], CLIENT);
        assert_eq!(record.fields["endpoint"], world.auth.token_url());
        for field in fields {
            assert!(record.fields.contains_key(*field), "{name} has no {field}: {record:?}");
        }
    }
    let reasons: Vec<_> = logs
        .named("evergrant.fetch_started")
        .iter()
        .map(|event| event.fields["reason"].clone())
        .collect();
    assert_eq!(reasons, ["missing", "renewal", "rejected", "asked"]);
}

#[tokio::test]
async fn an_expired_preset_token_is_told() {
    let world = World::new();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let preset = evergrant::Token::new("old").with_expires_at(world.clock.wall());
    world.builder().token(preset).build(Transport::default()).unwrap();
    assert_eq!(logs.named("evergrant.preset_expired").len(), 1);
}
