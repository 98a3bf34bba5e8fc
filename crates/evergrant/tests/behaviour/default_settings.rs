//! Default settings that the lifecycle tests do not cover.

use std::time::Duration;

use evergrant::error::TimeoutScope;
use evergrant::{BuildError, ClientCredentials, Error};
use evergrant::{RetryPolicy, TimeLimits};
use evergrant_reqwest::Transport;
use evergrant_testing::{Fault, LogCapture, MockResponse};

use crate::support::{CLIENT, Fixture, SECRET, seconds};

async fn valid_for(lifetime: u64) -> Duration {
    let fixture = Fixture::with(|server| server.lifetime(seconds(lifetime)));
    let tokens = fixture.tokens();
    tokens.token().await.unwrap();
    tokens.status().valid_for.unwrap()
}

#[tokio::test]
async fn clock_skew_is_ten_seconds_and_at_most_a_tenth_of_the_lifetime() {
    assert_eq!(valid_for(3600).await, seconds(3590));
    assert_eq!(valid_for(30).await, seconds(27));
}

#[tokio::test]
async fn an_explicit_clock_skew_is_not_limited_to_a_tenth() {
    let fixture = Fixture::new();
    let tokens = fixture
        .builder()
        .clock_skew(seconds(1000))
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    assert_eq!(tokens.status().valid_for, Some(seconds(2600)));
}

#[tokio::test]
async fn the_soft_deadline_is_at_75_percent_with_5_percent_jitter() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    tokens.token().await.unwrap();
    fixture.clock.advance(seconds(2560));
    tokens.token().await.unwrap();
    assert_eq!(fixture.clock.tasks_started(), 1, "no renewal at 71% of the lifetime");
    fixture.clock.advance(seconds(280));
    tokens.token().await.unwrap();
    assert_eq!(fixture.clock.tasks_started(), 2, "a renewal at 79% of the lifetime");
}

#[tokio::test]
async fn default_timeouts_are_5_s_per_attempt_15_s_per_fetch_and_5_s_per_wait() {
    let fixture = Fixture::new();
    fixture.auth.always(Fault::Hang);
    let start = |builder: evergrant::TokenManagerBuilder| {
        let tokens = builder.build(Transport::default()).unwrap();
        tokio::spawn(async move { tokens.token().await.unwrap_err() })
    };
    let base = || {
        ClientCredentials::builder(CLIENT, SECRET)
            .token_url(fixture.auth.token_url())
            .runtime(fixture.clock.clone())
    };
    for (builder, scope, limit) in [
        (
            base().retries(0).time_limits(TimeLimits::new().wait(seconds(99))),
            TimeoutScope::Attempt,
            5,
        ),
        (
            base().time_limits(TimeLimits::new().attempt(seconds(99)).wait(seconds(99))),
            TimeoutScope::Fetch,
            15,
        ),
        (
            base().time_limits(TimeLimits::new().attempt(seconds(99))),
            TimeoutScope::Wait,
            5,
        ),
    ] {
        let before = fixture.requests();
        let caller = start(builder);
        fixture.auth.wait_for_token_requests(before + 1).await;
        fixture.clock.advance(seconds(limit) - Duration::from_millis(1));
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!caller.is_finished());
        fixture.clock.advance(Duration::from_millis(1));
        let Error::Timeout(timeout) = caller.await.unwrap() else {
            panic!("expected a timeout")
        };
        assert_eq!((timeout.scope(), timeout.limit()), (scope, seconds(limit)));
    }
}

#[tokio::test]
async fn a_fetch_retries_twice_with_full_jitter() {
    let fixture = Fixture::new();
    fixture.auth.always(MockResponse::new(503));
    let logs = LogCapture::new();
    let _guard = logs.install();
    let base = ClientCredentials::builder(CLIENT, SECRET)
        .token_url(fixture.auth.token_url())
        .runtime(fixture.clock.clone());
    let tokens = base.build(Transport::default()).unwrap();
    let caller = tokio::spawn(async move { tokens.token().await.unwrap_err() });
    fixture
        .wait_until(|| {
            fixture.clock.advance(Duration::from_millis(1));
            caller.is_finished()
        })
        .await;
    assert_eq!(fixture.requests(), 3);
    let retries = logs.by_name("evergrant.fetch_retried");
    assert_eq!(retries.len(), 2);
    for (retry, range) in retries.iter().zip([100, 200]) {
        assert!(retry.fields["pause_ms"].parse::<u64>().unwrap() <= range, "{retry:?}");
    }
}

#[tokio::test]
async fn a_background_renewal_retries_only_near_expiry() {
    for (lifetime, attempts) in [(3600, 1), (40, 3)] {
        let fixture = Fixture::new();
        fixture.auth.respond_with("expires_in", &lifetime.to_string());
        let tokens = fixture
            .builder()
            .retries(RetryPolicy::new(2).pause(Duration::ZERO))
            .build(Transport::default())
            .unwrap();
        tokens.token().await.unwrap();
        fixture.auth.always(MockResponse::new(503));
        fixture.clock.advance(seconds(lifetime * 4 / 5));
        tokens.token().await.unwrap();
        fixture.wait_until(|| tokens.status().fetches_failed == 1).await;
        assert_eq!(fixture.requests(), 1 + attempts, "{lifetime} s");
    }
}

#[tokio::test]
async fn without_expires_in_renewal_uses_the_last_lifetime_or_one_hour() {
    for (first_lifetime, early, late) in [(None, 3400, 3800), (Some("600"), 560, 640)] {
        let fixture = Fixture::new();
        let tokens = fixture.tokens();
        if let Some(lifetime) = first_lifetime {
            fixture.auth.respond_with("expires_in", lifetime);
            let token = tokens.token().await.unwrap();
            tokens.reject(token.generation());
        }
        fixture.auth.respond_without("expires_in");
        tokens.token().await.unwrap();
        let before = fixture.clock.tasks_started();
        fixture.clock.advance(seconds(early));
        tokens.token().await.unwrap();
        assert_eq!(fixture.clock.tasks_started(), before);
        fixture.clock.advance(seconds(late - early));
        tokens.token().await.unwrap();
        assert_eq!(fixture.clock.tasks_started(), before + 1);
    }
}

#[test]
fn https_is_required_except_for_loopback_and_dangerous_origins() {
    let build = |url: &str| {
        ClientCredentials::builder("id", "x")
            .token_url(url)
            .build(Transport::default())
    };
    for url in [
        "https://auth.example.com",
        "http://127.0.0.1:9/t",
        "http://[::1]/t",
        "http://127.9.9.9/t",
        "http://localhost:9/t",
    ] {
        build(url).unwrap();
    }
    for url in [
        "http://auth.example.com/t",
        "http://10.0.0.1/t",
        "http://0.0.0.0/t",
        "http://localhost.example.com/t",
    ] {
        assert!(matches!(build(url), Err(BuildError::NotEncrypted { .. })), "{url}");
    }
    let mesh = ClientCredentials::builder("id", "x")
        .token_url("http://sidecar.internal:8080/token")
        .danger_allow_http_to("http://sidecar.internal:8080".parse().unwrap());
    mesh.build(Transport::default()).unwrap();
}
