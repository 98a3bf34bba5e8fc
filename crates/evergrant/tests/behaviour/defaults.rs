//! The Defaults table, as far as the lifecycle's own rows do not show it already.

use std::time::Duration;

use evergrant::error::TimeoutScope;
use evergrant::{BuildError, ClientCredentials, Error};
use evergrant_reqwest::Transport;
use evergrant_testing::{Answer, Fault, LogCapture};

use crate::support::{CLIENT, SECRET, World, seconds};

async fn valid_for(lifetime: u64) -> Duration {
    let world = World::with(|server| server.lifetime(seconds(lifetime)));
    let tokens = world.tokens();
    tokens.token().await.unwrap();
    tokens.status().valid_for.unwrap()
}

#[tokio::test]
async fn clock_skew_is_ten_seconds_and_never_more_than_a_tenth_of_the_lifetime() {
    assert_eq!(valid_for(3600).await, seconds(3590));
    assert_eq!(valid_for(30).await, seconds(27));
}

#[tokio::test]
async fn an_explicit_clock_skew_is_kept() {
    let world = World::new();
    let tokens = world
        .builder()
        .clock_skew(seconds(1000))
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    assert_eq!(tokens.status().valid_for, Some(seconds(2600)));
}

#[tokio::test]
async fn the_soft_deadline_is_at_three_quarters_give_or_take_a_twentieth() {
    let world = World::new();
    let tokens = world.tokens();
    tokens.token().await.unwrap();
    world.clock.advance(seconds(2560));
    tokens.token().await.unwrap();
    assert_eq!(world.clock.tasks_started(), 1, "71% of the lifetime: not yet");
    world.clock.advance(seconds(280));
    tokens.token().await.unwrap();
    assert_eq!(world.clock.tasks_started(), 2, "79% of the lifetime: certainly");
}

#[tokio::test]
async fn an_attempt_has_five_seconds_a_flight_fifteen_and_a_caller_five() {
    let world = World::new();
    world.auth.always(Fault::Hang);
    let start = |builder: evergrant::TokenManagerBuilder| {
        let tokens = builder.build(Transport::default()).unwrap();
        tokio::spawn(async move { tokens.token().await.unwrap_err() })
    };
    let base = || {
        ClientCredentials::new(CLIENT, SECRET)
            .token_url(world.auth.token_url())
            .runtime(world.clock.clone())
    };
    for (builder, scope, limit) in [
        (base().retries(0).max_wait(seconds(99)), TimeoutScope::Attempt, 5),
        (
            base().attempt_timeout(seconds(99)).max_wait(seconds(99)),
            TimeoutScope::Flight,
            15,
        ),
        (base().attempt_timeout(seconds(99)), TimeoutScope::Caller, 5),
    ] {
        let before = world.requests();
        let caller = start(builder);
        world.auth.wait_for_token_requests(before + 1).await;
        world.clock.advance(seconds(limit) - Duration::from_millis(1));
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!caller.is_finished());
        world.clock.advance(Duration::from_millis(1));
        let Error::Timeout(timeout) = caller.await.unwrap() else {
            panic!("a timeout")
        };
        assert_eq!((timeout.scope(), timeout.limit()), (scope, seconds(limit)));
    }
}

#[tokio::test]
async fn a_flight_retries_twice_with_full_jitter_from_a_tenth_of_a_second() {
    let world = World::new();
    world.auth.always(Answer::new(503));
    let logs = LogCapture::new();
    let _guard = logs.install();
    let base = ClientCredentials::new(CLIENT, SECRET)
        .token_url(world.auth.token_url())
        .runtime(world.clock.clone());
    let tokens = base.build(Transport::default()).unwrap();
    let caller = tokio::spawn(async move { tokens.token().await.unwrap_err() });
    world
        .until(|| {
            world.clock.advance(Duration::from_millis(1));
            caller.is_finished()
        })
        .await;
    assert_eq!(world.requests(), 3);
    let retries = logs.named("evergrant.fetch_retried");
    assert_eq!(retries.len(), 2);
    for (retry, range) in retries.iter().zip([100, 200]) {
        assert!(retry.fields["pause_ms"].parse::<u64>().unwrap() <= range, "{retry:?}");
    }
}

#[tokio::test]
async fn a_renewal_in_the_background_retries_only_when_its_token_is_about_to_end() {
    for (lifetime, attempts) in [(3600, 1), (40, 3)] {
        let world = World::new();
        world.auth.respond_with("expires_in", &lifetime.to_string());
        let tokens = world
            .builder()
            .retries(2)
            .retry_pause(Duration::ZERO)
            .build(Transport::default())
            .unwrap();
        tokens.token().await.unwrap();
        world.auth.always(Answer::new(503));
        world.clock.advance(seconds(lifetime * 4 / 5));
        tokens.token().await.unwrap();
        world.until(|| tokens.status().fetches_failed == 1).await;
        assert_eq!(world.requests(), 1 + attempts, "{lifetime} s");
    }
}

#[tokio::test]
async fn a_missing_expires_in_is_renewed_after_the_last_known_lifetime_else_an_hour() {
    for (first_lifetime, early, late) in [(None, 3400, 3800), (Some("600"), 560, 640)] {
        let world = World::new();
        let tokens = world.tokens();
        if let Some(lifetime) = first_lifetime {
            world.auth.respond_with("expires_in", lifetime);
            let token = tokens.token().await.unwrap();
            tokens.reject(token.generation());
        }
        world.auth.respond_without("expires_in");
        tokens.token().await.unwrap();
        let before = world.clock.tasks_started();
        world.clock.advance(seconds(early));
        tokens.token().await.unwrap();
        assert_eq!(world.clock.tasks_started(), before);
        world.clock.advance(seconds(late - early));
        tokens.token().await.unwrap();
        assert_eq!(world.clock.tasks_started(), before + 1);
    }
}

#[test]
fn https_is_required_but_for_loopback_and_origins_named_as_dangerous() {
    let build = |url: &str| {
        ClientCredentials::new("id", "x")
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
    let mesh = ClientCredentials::new("id", "x")
        .token_url("http://sidecar.internal:8080/token")
        .danger_allow_http_to("http://sidecar.internal:8080".parse().unwrap());
    mesh.build(Transport::default()).unwrap();
}
