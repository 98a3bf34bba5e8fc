//! The Lifecycle table: who waits, who is served, and how often the server is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use evergrant::error::TimeoutScope;
use evergrant::{ClientCredentials, ClientSecrets, Error, Rejection, ReplayOutcome, Token, TokenManager, TokenState};
use evergrant_reqwest::Transport;
use evergrant_testing::{Answer, Fault, LogCapture};

use crate::support::{CLIENT, SECRET, World, crowd, seconds};

fn value(token: &Token) -> String {
    token.access_token().expose().to_owned()
}

#[tokio::test]
async fn many_callers_without_a_token_share_one_request_and_its_success() {
    let world = World::new();
    let tokens = world.tokens();
    let hold = world.auth.hold();
    let callers = tokio::spawn({
        let tokens = tokens.clone();
        async move {
            crowd(1000, || {
                let tokens = tokens.clone();
                async move { value(&tokens.token().await.unwrap()) }
            })
            .await
        }
    });
    world.auth.wait_for_token_requests(1).await;
    hold.release();
    let mut seen = callers.await.unwrap();
    seen.dedup();
    assert_eq!(seen.len(), 1);
    assert_eq!(world.requests(), 1);
}

#[tokio::test]
async fn many_callers_without_a_token_share_one_request_and_its_failure() {
    let world = World::new();
    world.auth.always(Answer::new(503).body("try later"));
    let tokens = world.tokens();
    let errors = crowd(200, || {
        let tokens = tokens.clone();
        async move { tokens.token().await.unwrap_err().to_string() }
    })
    .await;
    assert_eq!(world.requests(), 1);
    assert!(errors.iter().all(|error| error == &errors[0] && error.contains("503")));
}

#[tokio::test]
async fn after_a_failure_a_quiet_window_returns_the_remembered_error_without_a_request() {
    let world = World::new();
    world.auth.next(Answer::new(503));
    let tokens = world.tokens();
    tokens.token().await.unwrap_err();
    world.clock.advance(Duration::from_millis(700));
    let remembered = tokens.token().await.unwrap_err();
    assert!(matches!(remembered, Error::OAuthProvider(_)) && remembered.is_retryable());
    assert_eq!(world.requests(), 1);
    world.clock.advance(Duration::from_millis(600));
    tokens.token().await.unwrap();
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn quiet_windows_stay_at_a_second_while_there_is_no_token() {
    let world = World::new();
    world.auth.always(Answer::new(500));
    let tokens = world.tokens();
    let mut waits = Vec::new();
    for attempt in 1..=8 {
        let mut waited = Duration::ZERO;
        while world.requests() < attempt {
            tokens.token().await.unwrap_err();
            if world.requests() < attempt {
                world.clock.advance(Duration::from_millis(100));
                waited += Duration::from_millis(100);
            }
        }
        waits.push(waited.as_secs_f64());
    }
    for wait in &waits[1..] {
        assert!((0.79..=1.31).contains(wait), "{waits:?}");
    }
}

#[tokio::test]
async fn past_the_soft_deadline_one_renewal_runs_in_the_background_and_nobody_waits() {
    let world = World::new();
    let tokens = world.tokens();
    let first = value(&tokens.token().await.unwrap());
    world.clock.advance(seconds(3600 * 79 / 100));
    let hold = world.auth.hold();
    for _ in 0..100 {
        let mut headers = http::HeaderMap::new();
        assert!(tokens.authorize_now(&mut headers).is_some());
        assert_eq!(value(&tokens.token().await.unwrap()), first);
    }
    world.auth.wait_for_token_requests(2).await;
    assert_eq!(tokens.status().state, TokenState::RenewalDue);
    hold.release();
    world
        .until(|| tokens.status().generation != Default::default() && tokens.status().state == TokenState::Valid)
        .await;
    assert_ne!(value(&tokens.token().await.unwrap()), first);
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn failing_renewals_back_off_and_the_valid_token_is_served_until_its_hard_deadline() {
    let world = World::new();
    let tokens = world.tokens();
    let first = value(&tokens.token().await.unwrap());
    world.auth.always(Answer::new(500));
    world.clock.advance(seconds(2840));
    let mut attempts = Vec::new();
    for second in 0..700 {
        assert_eq!(value(&tokens.token().await.unwrap()), first);
        world.until(|| !tokens.status().fetching).await;
        if world.requests() > attempts.len() + 1 {
            attempts.push(second);
        }
        world.clock.advance(seconds(1));
    }
    assert!(
        (20..=40).contains(&attempts.len()),
        "1 s doubling to 30 s gives about 26 attempts: {attempts:?}"
    );
    let pauses: Vec<_> = attempts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses[6..].iter().all(|pause| (24..=37).contains(pause)), "{pauses:?}");
    world.clock.advance(seconds(60));
    tokens.token().await.unwrap_err();
}

#[tokio::test]
async fn past_the_hard_deadline_callers_wait_for_the_one_flight() {
    let world = World::new();
    let tokens = world.tokens();
    let first = value(&tokens.token().await.unwrap());
    world.clock.advance(seconds(3595));
    let mut headers = http::HeaderMap::new();
    assert!(tokens.authorize_now(&mut headers).is_none() && headers.is_empty());
    let seen = crowd(50, || {
        let tokens = tokens.clone();
        async move { value(&tokens.token().await.unwrap()) }
    })
    .await;
    assert!(seen.iter().all(|token| *token != first));
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn a_caller_waits_no_longer_than_its_own_limit() {
    let world = World::new();
    let tokens = world
        .builder()
        .max_wait(seconds(2))
        .build(Transport::default())
        .unwrap();
    world.auth.always(Fault::Hang);
    let waiting = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.token().await.unwrap_err() }
    });
    world.auth.wait_for_token_requests(1).await;
    world.clock.advance(seconds(2));
    let Error::Timeout(timeout) = waiting.await.unwrap() else {
        panic!("a timeout")
    };
    assert_eq!((timeout.scope(), timeout.limit()), (TimeoutScope::Caller, seconds(2)));
    assert!(tokens.status().fetching, "the flight goes on");
}

#[tokio::test]
async fn a_hanging_endpoint_is_bounded_by_the_flights_own_timeout() {
    let world = World::new();
    let builder = world
        .builder()
        .max_wait(seconds(60))
        .attempt_timeout(seconds(60))
        .flight_timeout(seconds(15));
    let tokens = builder.build(Transport::default()).unwrap();
    world.auth.always(Fault::Hang);
    let waiting = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.token().await.unwrap_err() }
    });
    world.auth.wait_for_token_requests(1).await;
    world.clock.advance(seconds(15));
    let Error::Timeout(timeout) = waiting.await.unwrap() else {
        panic!("a timeout")
    };
    assert_eq!(timeout.scope(), TimeoutScope::Flight);
}

#[tokio::test]
async fn a_hanging_endpoint_is_not_noticed_while_a_valid_token_is_served() {
    let world = World::new();
    let tokens = world.tokens();
    tokens.token().await.unwrap();
    world.auth.always(Fault::Hang);
    world.clock.advance(seconds(2900));
    for _ in 0..100 {
        tokens.token().await.unwrap();
    }
    world.auth.wait_for_token_requests(2).await;
    tokens.token().await.unwrap();
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn a_cancelled_caller_does_not_stop_the_flight_and_its_result_is_kept() {
    let world = World::new();
    let tokens = world.tokens();
    let hold = world.auth.hold();
    for _ in 0..5 {
        let caller = tokio::spawn({
            let tokens = tokens.clone();
            async move { tokens.token().await }
        });
        world.auth.wait_for_token_requests(1).await;
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
    }
    hold.release();
    world.until(|| tokens.status().state == TokenState::Valid).await;
    let mut headers = http::HeaderMap::new();
    assert!(tokens.authorize_now(&mut headers).is_some());
    assert_eq!(world.requests(), 1);
}

#[tokio::test]
async fn a_panicking_flight_gives_its_waiters_an_error_and_the_next_call_starts_afresh() {
    let world = World::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let tokens = world
        .builder()
        .token_provider({
            let calls = Arc::clone(&calls);
            move |_, exchange: evergrant::Exchange| {
                let call = calls.fetch_add(1, Ordering::SeqCst);
                async move {
                    assert!(call > 0, "the provider's first call panics");
                    exchange.fetch_token().await
                }
            }
        })
        .build(Transport::default())
        .unwrap();
    let error = tokens.token().await.unwrap_err();
    assert!(matches!(error, Error::Panicked(_)));
    assert!(
        !error.to_string().contains("first call"),
        "what a panic says may hold a token: {error}"
    );
    tokens.token().await.unwrap();
}

#[tokio::test]
async fn fifty_late_401s_for_an_old_token_cost_one_renewal() {
    let world = World::new();
    let tokens = world.tokens();
    let old = tokens.token().await.unwrap().generation();
    for late in 0..50 {
        let rejection = tokens.reject(old);
        assert_eq!(
            rejection,
            if late == 0 {
                Rejection::Accepted
            } else {
                Rejection::Superseded
            }
        );
        assert_ne!(tokens.token().await.unwrap().generation(), old);
        world.clock.advance(Duration::from_millis(20));
    }
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn a_refused_replay_starts_no_renewal_for_five_seconds_doubling_to_sixty() {
    let world = World::new();
    let tokens = world.tokens();
    tokens.token().await.unwrap();
    // An endpoint that answers 401 to every token, called 100 times a second.
    let mut renewals = Vec::new();
    for tick in 0..20_000_u64 {
        let generation = tokens.token().await.unwrap().generation();
        if tokens.reject(generation) == Rejection::Accepted {
            let renewed = tokens.token().await.unwrap().generation();
            tokens.replayed(renewed, ReplayOutcome::Refused);
            renewals.push(tick / 100);
        }
        if tick == 999 {
            assert!(
                world.requests() <= 3,
                "1,000 calls in 10 s cost {} token requests",
                world.requests()
            );
        }
        world.clock.advance(Duration::from_millis(10));
    }
    assert_eq!(renewals, [0, 5, 15, 35, 75, 135, 195]);
}

#[tokio::test]
async fn a_renewal_that_the_api_accepts_is_not_held_against_the_next_one() {
    let world = World::new();
    let tokens = world.tokens();
    for _ in 0..3 {
        let generation = tokens.token().await.unwrap().generation();
        assert_eq!(tokens.reject(generation), Rejection::Accepted);
        let renewed = tokens.token().await.unwrap().generation();
        tokens.replayed(renewed, ReplayOutcome::Accepted);
    }
    assert_eq!(world.requests(), 4);
}

/// How many calls of an hour, ten a second, get a 401 although they would be repeated with a new token: if the API takes every token
/// `times` times, and refuses it the next.
async fn refused_calls_of_an_hour(world: &World, tokens: &TokenManager, times: u64) -> usize {
    let (mut uses, mut refused) = (0, 0);
    for _ in 0..36_000 {
        let generation = tokens.token().await.unwrap().generation();
        uses += 1;
        if uses > times {
            uses = 0;
            match tokens.reject(generation) {
                Rejection::Accepted => {
                    let renewed = tokens.token().await.unwrap().generation();
                    tokens.replayed(renewed, ReplayOutcome::Accepted);
                    uses = 1;
                }
                Rejection::Suppressed => refused += 1,
                other => panic!("{other:?}"),
            }
        }
        world.clock.advance(Duration::from_millis(100));
    }
    refused
}

#[tokio::test]
async fn an_api_that_alternates_between_401_and_200_costs_65_token_requests_an_hour_at_most() {
    let logs = LogCapture::new();
    let _guard = logs.install();
    for times in [0, 1, 2, 10] {
        let world = World::new();
        let tokens = world.tokens();
        let refused = refused_calls_of_an_hour(&world, &tokens, times).await;
        let requests = world.requests();
        assert!(
            (20..=65).contains(&requests),
            "{requests} requests, {refused} calls refused"
        );
        assert!(refused > 1000, "{refused}");
        // The burst is over, and what was saved up in a quiet hour is no more than that.
        world.clock.advance(seconds(3600));
    }
    let told = logs.named("evergrant.renewal_suppressed").len();
    // One for each pause, and none for each call.
    assert!((4..=4 * 400).contains(&told), "{told}");
}

#[tokio::test]
async fn tokens_that_are_revoked_now_and_then_are_renewed_each_time() {
    let world = World::new();
    let tokens = world.tokens();
    // Three in a row, as while an API changes its keys, every half an hour.
    for _ in 0..48 {
        for _ in 0..3 {
            let generation = tokens.token().await.unwrap().generation();
            assert_eq!(tokens.reject(generation), Rejection::Accepted);
            let renewed = tokens.token().await.unwrap().generation();
            tokens.replayed(renewed, ReplayOutcome::Accepted);
        }
        world.clock.advance(seconds(1800));
    }
}

#[tokio::test]
async fn a_caller_that_reports_no_replays_starts_no_storm_either() {
    let world = World::new();
    let tokens = world.tokens();
    for _ in 0..100 {
        let generation = tokens.token().await.unwrap().generation();
        tokens.reject(generation);
    }
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn invalid_client_is_not_retried_and_remembered_for_thirty_seconds() {
    let world = World::new();
    let builder = world.configured(ClientCredentials::new(CLIENT, "wrong")).retries(2);
    let tokens = builder.build(Transport::default()).unwrap();
    for _ in 0..10 {
        assert!(
            matches!(tokens.token().await, Err(Error::OAuthProvider(error)) if error.code() == Some("invalid_client"))
        );
        world.clock.advance(seconds(2));
    }
    assert_eq!(world.requests(), 1);
    world.clock.advance(seconds(17));
    tokens.token().await.unwrap_err();
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn invalid_scope_and_unauthorized_client_are_not_retried() {
    for code in ["invalid_scope", "unauthorized_client"] {
        let world = World::new();
        world
            .auth
            .always(Answer::new(400).json(&format!(r#"{{"error":"{code}"}}"#)));
        let tokens = world.builder().retries(2).build(Transport::default()).unwrap();
        for _ in 0..10 {
            assert!(!tokens.token().await.unwrap_err().is_retryable());
        }
        assert_eq!(world.requests(), 1);
    }
}

#[tokio::test]
async fn changed_credentials_end_the_memory_of_a_refusal_at_once() {
    let world = World::new();
    let secret = Arc::new(std::sync::Mutex::new("wrong".to_owned()));
    let tokens = world
        .configured(ClientCredentials::with_credential_provider(CLIENT, {
            let secret = Arc::clone(&secret);
            move || {
                let secret = ClientSecrets::new(secret.lock().unwrap().clone());
                async move { Ok(secret) }
            }
        }))
        .build(Transport::default())
        .unwrap();
    for _ in 0..5 {
        tokens.token().await.unwrap_err();
    }
    assert_eq!(world.requests(), 1);
    *secret.lock().unwrap() = SECRET.to_owned();
    tokens.token().await.unwrap();
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn a_rotated_secret_is_picked_up_without_a_restart() {
    let world = World::new();
    let secret = Arc::new(std::sync::Mutex::new(SECRET.to_owned()));
    let tokens = world
        .configured(ClientCredentials::with_credential_provider(CLIENT, {
            let secret = Arc::clone(&secret);
            move || {
                let secret = ClientSecrets::new(secret.lock().unwrap().clone());
                async move { Ok(secret) }
            }
        }))
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    world.auth.rotate_secret(CLIENT, "the-next-fake-secret");
    *secret.lock().unwrap() = "the-next-fake-secret".to_owned();
    world.clock.advance(seconds(3600));
    tokens.token().await.unwrap();
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn during_a_rotation_invalid_client_on_one_secret_tries_the_other_once() {
    let world = World::new();
    let provider = || async { Ok(ClientSecrets::new("old").with_next(SECRET)) };
    let builder = world.configured(ClientCredentials::with_credential_provider(CLIENT, provider));
    let tokens = builder.build(Transport::default()).unwrap();
    tokens.token().await.unwrap();
    assert_eq!(world.requests(), 2);
    world.clock.advance(seconds(3600));
    tokens.token().await.unwrap();
    assert_eq!(world.requests(), 3, "the secret that worked is tried first");
}

#[tokio::test]
async fn during_a_rotation_invalid_client_on_both_secrets_is_final() {
    let world = World::new();
    let provider = || async { Ok(ClientSecrets::new("old").with_next("new")) };
    let builder = world
        .configured(ClientCredentials::with_credential_provider(CLIENT, provider))
        .retries(2);
    let tokens = builder.build(Transport::default()).unwrap();
    for _ in 0..5 {
        tokens.token().await.unwrap_err();
    }
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn transient_failures_are_retried_within_the_flight() {
    for fault in [
        Fault::from(Answer::new(429)),
        Fault::from(Answer::new(502).body("<html>")),
        Fault::Disconnect,
    ] {
        let world = World::new();
        let builder = world.builder().retries(2).retry_pause(Duration::ZERO);
        let tokens = builder.build(Transport::default()).unwrap();
        world.auth.next(fault.clone());
        world.auth.next(fault);
        tokens.token().await.unwrap();
        assert_eq!(world.requests(), 3);
        assert_eq!(tokens.status().fetches_failed, 0, "a blip is invisible");
    }
}

#[tokio::test]
async fn an_attempt_that_times_out_is_retried_within_the_flight() {
    let world = World::new();
    world.auth.next(Fault::Hang);
    let builder = world
        .builder()
        .retries(1)
        .retry_pause(Duration::ZERO)
        .max_wait(seconds(60));
    let tokens = builder.build(Transport::default()).unwrap();
    let caller = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.token().await }
    });
    world.auth.wait_for_token_requests(1).await;
    world.clock.advance(seconds(5));
    caller.await.unwrap().unwrap();
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn connect_errors_are_retried_and_a_recovered_server_is_used() {
    let world = World::new();
    world.auth.stop();
    let tokens = world.tokens();
    let error = tokens.token().await.unwrap_err();
    assert!(
        matches!(&error, Error::Unreachable(_)) && error.is_retryable(),
        "{error}"
    );
    world.auth.restart();
    world.clock.advance(seconds(2));
    tokens.token().await.unwrap();
}

#[tokio::test]
async fn nothing_is_sent_during_retry_after_in_seconds_or_as_a_date() {
    for value in ["60", "Fri, 02 Jan 2026 03:05:05 GMT"] {
        let world = World::new();
        world.auth.next(
            Answer::new(429)
                .header("retry-after", value)
                .header("date", "Fri, 02 Jan 2026 03:04:05 GMT"),
        );
        let tokens = world.builder().retries(2).build(Transport::default()).unwrap();
        for _ in 0..59 {
            assert_eq!(tokens.token().await.unwrap_err().retry_after(), Some(seconds(60)));
            assert!(tokens.fetch_token().await.is_err(), "not even when asked directly");
            world.clock.advance(seconds(1));
        }
        assert_eq!(world.requests(), 1);
        world.clock.advance(seconds(2));
        tokens.token().await.unwrap();
    }
}

#[tokio::test]
async fn a_429_without_retry_after_is_quiet_for_a_second_at_least() {
    let world = World::new();
    world.auth.next(Answer::new(429));
    let tokens = world.tokens();
    tokens.token().await.unwrap_err();
    world.clock.advance(Duration::from_millis(990));
    tokens.token().await.unwrap_err();
    assert_eq!(world.requests(), 1);
}

#[tokio::test]
async fn a_suspended_machine_serves_no_token_past_its_expiry_and_fetches_once() {
    let world = World::new();
    let tokens = world.tokens();
    let first = value(&tokens.token().await.unwrap());
    world.clock.suspend(seconds(7200));
    world.clock.step_wall_back(seconds(7200));
    let seen = crowd(20, || {
        let tokens = tokens.clone();
        async move { value(&tokens.token().await.unwrap()) }
    })
    .await;
    assert!(seen.iter().all(|token| *token != first));
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn a_wall_clock_stepped_by_an_hour_either_way_costs_at_most_one_fetch() {
    let world = World::new();
    let tokens = world.tokens();
    tokens.token().await.unwrap();
    world.clock.step_wall_back(seconds(3600));
    tokens.token().await.unwrap();
    assert_eq!(world.requests(), 1);
    world.clock.advance(seconds(3595));
    tokens.token().await.unwrap();
    assert_eq!(world.requests(), 2, "the step back does not stretch the token's life");
    world.clock.step_wall_forward(seconds(3600));
    tokens.token().await.unwrap();
    world.clock.step_wall_back(seconds(3600));
    tokens.token().await.unwrap();
    assert_eq!(world.requests(), 3);
}

#[tokio::test]
async fn idle_managers_have_no_task() {
    let world = World::new();
    let managers: Vec<_> = (0..1000).map(|_| world.tokens()).collect();
    assert_eq!(world.clock.tasks_started(), 0);
    managers[0].token().await.unwrap();
    assert_eq!((world.clock.tasks_started(), world.clock.sleepers()), (1, 0));
}

#[test]
fn a_runtime_that_goes_away_in_mid_flight_neither_hangs_nor_poisons() {
    let world = World::new();
    let tokens = world.tokens();
    let hold = world.auth.hold();
    let first = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    first.block_on(async {
        let tokens = tokens.clone();
        tokio::spawn(async move { tokens.token().await });
        world.auth.wait_for_token_requests(1).await;
    });
    drop(first);
    hold.release();
    let second = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    second.block_on(tokens.token()).unwrap();
}

#[test]
fn outside_any_runtime_a_call_fails_with_a_clear_error() {
    let world = World::new();
    let tokens = world.tokens();
    let mut headers = http::HeaderMap::new();
    assert!(tokens.authorize_now(&mut headers).is_none());
    let mut call = std::pin::pin!(tokens.token());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = call.as_mut().poll(&mut context) else {
        panic!("an error at once")
    };
    assert!(matches!(error, Error::NoRuntime(_)), "{error}");
}

#[tokio::test]
async fn keep_warm_renews_without_calls_until_it_is_dropped() {
    let world = World::new();
    let tokens = world.tokens();
    let warm = tokens.keep_warm().unwrap();
    world.until(|| tokens.status().state == TokenState::Valid).await;
    for _ in 0..100 {
        world.until(|| world.clock.sleepers() == 1).await;
        world.clock.advance(seconds(30));
    }
    world.until(|| world.requests() == 2).await;
    drop(warm);
    world.until(|| world.clock.sleepers() == 0).await;
}

#[tokio::test]
async fn token_valid_for_renews_early_and_says_when_tokens_are_too_short() {
    let world = World::new();
    let tokens = world.tokens();
    tokens.token().await.unwrap();
    world.clock.advance(seconds(1800));
    tokens.token_valid_for(seconds(1700)).await.unwrap();
    assert_eq!(world.requests(), 1);
    tokens.token_valid_for(seconds(3000)).await.unwrap();
    assert_eq!(world.requests(), 2);
    for _ in 0..10 {
        let error = tokens.token_valid_for(seconds(4000)).await.unwrap_err();
        assert!(matches!(error, Error::LifetimeTooShort { .. }), "{error}");
        let message = error.to_string();
        let told = "a token valid for 4000 s was asked for, but client `bookshop`";
        let skew = "one that can be used for 3590 s: its last 10 s do not count (clock skew)";
        assert!(message.contains(told) && message.contains(skew), "{message}");
    }
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn ready_tells_whether_calls_can_be_authorized_and_status_what_is_held() {
    let world = World::new();
    world.auth.next(Answer::new(500));
    let tokens = world.tokens();
    assert_eq!(tokens.status().state, TokenState::Missing);
    tokens.ready().await.unwrap_err();
    assert_eq!(tokens.status().fetches_failed, 1);
    assert!(tokens.status().last_error.is_some());
    world.clock.advance(seconds(2));
    tokens.ready().await.unwrap();
    let status = tokens.status();
    assert_eq!((status.state, status.tokens_obtained), (TokenState::Valid, 1));
    assert_eq!(status.valid_for, Some(seconds(3590)));
    assert!(status.last_error.is_none());
    world.clock.advance(seconds(3600));
    assert_eq!(tokens.status().state, TokenState::Expired);
}
