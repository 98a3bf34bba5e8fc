//! The token lifecycle: which calls wait, which are served from the cache, and how many requests are sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use evergrant::client_auth::{ClientSecretBasic, ClientSecrets};
use evergrant::error::TimeoutScope;
use evergrant::{ClientCredentials, Error, Rejection, ReplayOutcome, TokenManager, TokenState};
use evergrant::{RetryPolicy, TimeLimits};
use evergrant_reqwest::Transport;
use evergrant_testing::{Fault, LogCapture, MockResponse};

use crate::support::{CLIENT, Fixture, SECRET, call_concurrently, seconds, value};

#[tokio::test]
async fn cold_callers_share_one_request() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    let hold = fixture.auth.hold();
    let callers = tokio::spawn({
        let tokens = tokens.clone();
        async move {
            call_concurrently(1000, || {
                let tokens = tokens.clone();
                async move { value(&tokens.token().await.unwrap()) }
            })
            .await
        }
    });
    fixture.auth.wait_for_token_requests(1).await;
    hold.release();
    let mut values = callers.await.unwrap();
    values.dedup();
    assert_eq!(values.len(), 1);
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn cold_callers_share_one_failure() {
    let fixture = Fixture::new();
    fixture.auth.always(MockResponse::new(503).body("try later"));
    let tokens = fixture.tokens();
    let errors = call_concurrently(200, || {
        let tokens = tokens.clone();
        async move { tokens.token().await.unwrap_err().to_string() }
    })
    .await;
    assert_eq!(fixture.requests(), 1);
    assert!(errors.iter().all(|error| error == &errors[0] && error.contains("503")));
}

#[tokio::test]
async fn during_the_back_off_calls_return_the_cached_error() {
    let fixture = Fixture::new();
    fixture.auth.next(MockResponse::new(503));
    let tokens = fixture.tokens();
    tokens.token().await.unwrap_err();
    fixture.clock.advance(Duration::from_millis(700));
    let cached = tokens.token().await.unwrap_err();
    assert!(matches!(cached, Error::OAuthProvider(_)) && cached.is_retryable());
    assert_eq!(fixture.requests(), 1);
    fixture.clock.advance(Duration::from_millis(600));
    tokens.token().await.unwrap();
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn without_a_token_the_back_off_stays_at_one_second() {
    let fixture = Fixture::new();
    fixture.auth.always(MockResponse::new(500));
    let tokens = fixture.tokens();
    let mut waits = Vec::new();
    for attempt in 1..=8 {
        let mut waited = Duration::ZERO;
        while fixture.requests() < attempt {
            tokens.token().await.unwrap_err();
            if fixture.requests() < attempt {
                fixture.clock.advance(Duration::from_millis(100));
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
async fn after_the_soft_deadline_one_background_renewal_runs() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    let first = value(&tokens.token().await.unwrap());
    fixture.clock.advance(seconds(3600 * 79 / 100));
    let hold = fixture.auth.hold();
    for _ in 0..100 {
        let mut headers = http::HeaderMap::new();
        assert!(tokens.authorize_now(&mut headers).is_some());
        assert_eq!(value(&tokens.token().await.unwrap()), first);
    }
    fixture.auth.wait_for_token_requests(2).await;
    assert_eq!(tokens.status().state, TokenState::RenewalDue);
    hold.release();
    fixture
        .wait_until(|| tokens.status().generation != Default::default() && tokens.status().state == TokenState::Valid)
        .await;
    assert_ne!(value(&tokens.token().await.unwrap()), first);
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn failing_renewals_back_off_while_the_token_is_served() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    let first = value(&tokens.token().await.unwrap());
    fixture.auth.always(MockResponse::new(500));
    fixture.clock.advance(seconds(2840));
    let mut attempts = Vec::new();
    for second in 0..700 {
        assert_eq!(value(&tokens.token().await.unwrap()), first);
        fixture.wait_until(|| !tokens.status().fetching).await;
        if fixture.requests() > attempts.len() + 1 {
            attempts.push(second);
        }
        fixture.clock.advance(seconds(1));
    }
    assert!(
        (20..=40).contains(&attempts.len()),
        "1 s doubling to 30 s gives about 26 attempts: {attempts:?}"
    );
    let pauses: Vec<_> = attempts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses[6..].iter().all(|pause| (24..=37).contains(pause)), "{pauses:?}");
    fixture.clock.advance(seconds(60));
    tokens.token().await.unwrap_err();
}

#[tokio::test]
async fn after_the_hard_deadline_calls_wait_for_one_fetch() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    let first = value(&tokens.token().await.unwrap());
    fixture.clock.advance(seconds(3595));
    let mut headers = http::HeaderMap::new();
    assert!(tokens.authorize_now(&mut headers).is_none() && headers.is_empty());
    let values = call_concurrently(50, || {
        let tokens = tokens.clone();
        async move { value(&tokens.token().await.unwrap()) }
    })
    .await;
    assert!(values.iter().all(|token| *token != first));
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_call_waits_at_most_max_wait() {
    let fixture = Fixture::new();
    let tokens = fixture
        .builder()
        .time_limits(TimeLimits::new().wait(seconds(2)))
        .build(Transport::default())
        .unwrap();
    fixture.auth.always(Fault::Hang);
    let call = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.token().await.unwrap_err() }
    });
    fixture.auth.wait_for_token_requests(1).await;
    fixture.clock.advance(seconds(2));
    let Error::Timeout(timeout) = call.await.unwrap() else {
        panic!("expected a timeout")
    };
    assert_eq!((timeout.scope(), timeout.limit()), (TimeoutScope::Wait, seconds(2)));
    assert!(tokens.status().fetching, "the fetch continues");
}

#[tokio::test]
async fn a_hanging_endpoint_is_bounded_by_fetch_timeout() {
    let fixture = Fixture::new();
    let builder = fixture.builder().time_limits(
        TimeLimits::new()
            .wait(seconds(60))
            .attempt(seconds(60))
            .fetch(seconds(15)),
    );
    let tokens = builder.build(Transport::default()).unwrap();
    fixture.auth.always(Fault::Hang);
    let call = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.token().await.unwrap_err() }
    });
    fixture.auth.wait_for_token_requests(1).await;
    fixture.clock.advance(seconds(15));
    let Error::Timeout(timeout) = call.await.unwrap() else {
        panic!("expected a timeout")
    };
    assert_eq!(timeout.scope(), TimeoutScope::Fetch);
}

#[tokio::test]
async fn a_hanging_endpoint_does_not_delay_calls_with_a_valid_token() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    tokens.token().await.unwrap();
    fixture.auth.always(Fault::Hang);
    fixture.clock.advance(seconds(2900));
    for _ in 0..100 {
        tokens.token().await.unwrap();
    }
    fixture.auth.wait_for_token_requests(2).await;
    tokens.token().await.unwrap();
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_cancelled_call_does_not_stop_the_fetch() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    let hold = fixture.auth.hold();
    for _ in 0..5 {
        let caller = tokio::spawn({
            let tokens = tokens.clone();
            async move { tokens.token().await }
        });
        fixture.auth.wait_for_token_requests(1).await;
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
    }
    hold.release();
    fixture.wait_until(|| tokens.status().state == TokenState::Valid).await;
    let mut headers = http::HeaderMap::new();
    assert!(tokens.authorize_now(&mut headers).is_some());
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn a_panicking_fetch_is_an_error_and_the_next_call_succeeds() {
    let fixture = Fixture::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let tokens = fixture
        .builder()
        .token_provider({
            let calls = Arc::clone(&calls);
            move |_, endpoint: evergrant::TokenEndpoint| {
                let call = calls.fetch_add(1, Ordering::SeqCst);
                async move {
                    assert!(call > 0, "the provider's first call panics");
                    endpoint.fetch_token().await
                }
            }
        })
        .build(Transport::default())
        .unwrap();
    let error = tokens.token().await.unwrap_err();
    assert!(matches!(error, Error::Panicked(_)));
    assert!(
        !error.to_string().contains("first call"),
        "a panic message may contain a token: {error}"
    );
    tokens.token().await.unwrap();
}

#[tokio::test]
async fn late_401s_for_an_old_token_cost_one_renewal() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
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
        fixture.clock.advance(Duration::from_millis(20));
    }
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_rejected_replay_suppresses_renewals_for_5_s_doubling_to_60_s() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    tokens.token().await.unwrap();
    // An endpoint that rejects every token, called 100 times per second.
    let mut renewals = Vec::new();
    for tick in 0..20_000_u64 {
        let generation = tokens.token().await.unwrap().generation();
        if tokens.reject(generation) == Rejection::Accepted {
            let renewed = tokens.token().await.unwrap().generation();
            tokens.report_replay(renewed, ReplayOutcome::Rejected);
            renewals.push(tick / 100);
        }
        if tick == 999 {
            assert!(
                fixture.requests() <= 3,
                "1,000 calls in 10 s cost {} token requests",
                fixture.requests()
            );
        }
        fixture.clock.advance(Duration::from_millis(10));
    }
    assert_eq!(renewals, [0, 5, 15, 35, 75, 135, 195]);
}

#[tokio::test]
async fn an_accepted_replay_allows_the_next_renewal() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    for _ in 0..3 {
        let generation = tokens.token().await.unwrap().generation();
        assert_eq!(tokens.reject(generation), Rejection::Accepted);
        let renewed = tokens.token().await.unwrap().generation();
        tokens.report_replay(renewed, ReplayOutcome::Accepted);
    }
    assert_eq!(fixture.requests(), 4);
}

/// Makes ten calls per second for an hour to an API that accepts each token `times` times and then rejects it. Returns
/// the number of calls that end with a 401.
async fn unrecovered_401s_per_hour(fixture: &Fixture, tokens: &TokenManager, times: u64) -> usize {
    let (mut uses, mut failed) = (0, 0);
    for _ in 0..36_000 {
        let generation = tokens.token().await.unwrap().generation();
        uses += 1;
        if uses > times {
            uses = 0;
            match tokens.reject(generation) {
                Rejection::Accepted => {
                    let renewed = tokens.token().await.unwrap().generation();
                    tokens.report_replay(renewed, ReplayOutcome::Accepted);
                    uses = 1;
                }
                Rejection::Suppressed => failed += 1,
                other => panic!("{other:?}"),
            }
        }
        fixture.clock.advance(Duration::from_millis(100));
    }
    failed
}

#[tokio::test]
async fn an_alternating_api_costs_at_most_65_token_requests_per_hour() {
    let logs = LogCapture::new();
    let _guard = logs.install();
    for times in [0, 1, 2, 10] {
        let fixture = Fixture::new();
        let tokens = fixture.tokens();
        let failed = unrecovered_401s_per_hour(&fixture, &tokens, times).await;
        let requests = fixture.requests();
        assert!(
            (20..=65).contains(&requests),
            "{requests} requests, {failed} calls failed"
        );
        assert!(failed > 1000, "{failed}");
        // An hour without calls restores no more than one burst of renewals.
        fixture.clock.advance(seconds(3600));
    }
    let events = logs.by_name("evergrant.renewal_suppressed").len();
    // One event per pause, not per call.
    assert!((4..=4 * 400).contains(&events), "{events} events");
}

#[tokio::test]
async fn occasionally_revoked_tokens_are_renewed_each_time() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    // Three revocations in a row every half hour, as during a key rotation of an API.
    for _ in 0..48 {
        for _ in 0..3 {
            let generation = tokens.token().await.unwrap().generation();
            assert_eq!(tokens.reject(generation), Rejection::Accepted);
            let renewed = tokens.token().await.unwrap().generation();
            tokens.report_replay(renewed, ReplayOutcome::Accepted);
        }
        fixture.clock.advance(seconds(1800));
    }
}

#[tokio::test]
async fn rejections_without_replay_reports_are_limited() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    for _ in 0..100 {
        let generation = tokens.token().await.unwrap().generation();
        tokens.reject(generation);
    }
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn invalid_client_is_not_retried_and_cached_for_30_s() {
    let fixture = Fixture::new();
    let builder = fixture
        .configured(ClientCredentials::builder(CLIENT, "wrong"))
        .retries(2);
    let tokens = builder.build(Transport::default()).unwrap();
    for _ in 0..10 {
        assert!(
            matches!(tokens.token().await, Err(Error::OAuthProvider(error)) if error.code() == Some("invalid_client"))
        );
        fixture.clock.advance(seconds(2));
    }
    assert_eq!(fixture.requests(), 1);
    fixture.clock.advance(seconds(17));
    tokens.token().await.unwrap_err();
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn invalid_scope_and_unauthorized_client_are_not_retried() {
    for code in ["invalid_scope", "unauthorized_client"] {
        let fixture = Fixture::new();
        fixture
            .auth
            .always(MockResponse::new(400).json(&format!(r#"{{"error":"{code}"}}"#)));
        let tokens = fixture.builder().retries(2).build(Transport::default()).unwrap();
        for _ in 0..10 {
            assert!(!tokens.token().await.unwrap_err().is_retryable());
        }
        assert_eq!(fixture.requests(), 1);
    }
}

#[tokio::test]
async fn changed_credentials_end_the_back_off_immediately() {
    let fixture = Fixture::new();
    let secret = Arc::new(std::sync::Mutex::new("wrong".to_owned()));
    let tokens = fixture
        .configured(ClientCredentials::builder(
            CLIENT,
            ClientSecretBasic::with_provider({
                let secret = Arc::clone(&secret);
                move || {
                    let secret = ClientSecrets::new(secret.lock().unwrap().clone());
                    async move { Ok(secret) }
                }
            }),
        ))
        .build(Transport::default())
        .unwrap();
    for _ in 0..5 {
        tokens.token().await.unwrap_err();
    }
    assert_eq!(fixture.requests(), 1);
    *secret.lock().unwrap() = SECRET.to_owned();
    tokens.token().await.unwrap();
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_rotated_secret_is_used_without_a_restart() {
    let fixture = Fixture::new();
    let secret = Arc::new(std::sync::Mutex::new(SECRET.to_owned()));
    let tokens = fixture
        .configured(ClientCredentials::builder(
            CLIENT,
            ClientSecretBasic::with_provider({
                let secret = Arc::clone(&secret);
                move || {
                    let secret = ClientSecrets::new(secret.lock().unwrap().clone());
                    async move { Ok(secret) }
                }
            }),
        ))
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    fixture.auth.rotate_secret(CLIENT, "the-next-fake-secret");
    *secret.lock().unwrap() = "the-next-fake-secret".to_owned();
    fixture.clock.advance(seconds(3600));
    tokens.token().await.unwrap();
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn during_a_rotation_invalid_client_tries_the_other_secret() {
    let fixture = Fixture::new();
    let provider = || async { Ok(ClientSecrets::new("old").with_next(SECRET)) };
    let builder = fixture.configured(ClientCredentials::builder(
        CLIENT,
        ClientSecretBasic::with_provider(provider),
    ));
    let tokens = builder.build(Transport::default()).unwrap();
    tokens.token().await.unwrap();
    assert_eq!(fixture.requests(), 2);
    fixture.clock.advance(seconds(3600));
    tokens.token().await.unwrap();
    assert_eq!(fixture.requests(), 3, "the secret that worked last is used first");
}

#[tokio::test]
async fn during_a_rotation_invalid_client_on_both_secrets_is_final() {
    let fixture = Fixture::new();
    let provider = || async { Ok(ClientSecrets::new("old").with_next("new")) };
    let builder = fixture
        .configured(ClientCredentials::builder(
            CLIENT,
            ClientSecretBasic::with_provider(provider),
        ))
        .retries(2);
    let tokens = builder.build(Transport::default()).unwrap();
    for _ in 0..5 {
        tokens.token().await.unwrap_err();
    }
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn transient_failures_are_retried() {
    for fault in [
        Fault::from(MockResponse::new(429)),
        Fault::from(MockResponse::new(502).body("<html>")),
        Fault::Disconnect,
    ] {
        let fixture = Fixture::new();
        let builder = fixture.builder().retries(RetryPolicy::new(2).pause(Duration::ZERO));
        let tokens = builder.build(Transport::default()).unwrap();
        fixture.auth.next(fault.clone());
        fixture.auth.next(fault);
        tokens.token().await.unwrap();
        assert_eq!(fixture.requests(), 3);
        assert_eq!(tokens.status().fetches_failed, 0, "retried failures are not counted");
    }
}

#[tokio::test]
async fn a_timed_out_attempt_is_retried() {
    let fixture = Fixture::new();
    fixture.auth.next(Fault::Hang);
    let builder = fixture
        .builder()
        .retries(RetryPolicy::new(1).pause(Duration::ZERO))
        .time_limits(TimeLimits::new().wait(seconds(60)));
    let tokens = builder.build(Transport::default()).unwrap();
    let caller = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.token().await }
    });
    fixture.auth.wait_for_token_requests(1).await;
    fixture.clock.advance(seconds(5));
    caller.await.unwrap().unwrap();
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn connection_errors_are_retryable() {
    let fixture = Fixture::new();
    fixture.auth.stop();
    let tokens = fixture.tokens();
    let error = tokens.token().await.unwrap_err();
    assert!(
        matches!(&error, Error::Unreachable(_)) && error.is_retryable(),
        "{error}"
    );
    fixture.auth.restart();
    fixture.clock.advance(seconds(2));
    tokens.token().await.unwrap();
}

#[tokio::test]
async fn no_request_is_sent_during_retry_after() {
    for value in ["60", "Fri, 02 Jan 2026 03:05:05 GMT"] {
        let fixture = Fixture::new();
        fixture.auth.next(
            MockResponse::new(429)
                .header("retry-after", value)
                .header("date", "Fri, 02 Jan 2026 03:04:05 GMT"),
        );
        let tokens = fixture.builder().retries(2).build(Transport::default()).unwrap();
        for _ in 0..59 {
            assert_eq!(tokens.token().await.unwrap_err().retry_after(), Some(seconds(60)));
            assert!(
                tokens.fetch_token().await.is_err(),
                "fetch_token sends no request either"
            );
            fixture.clock.advance(seconds(1));
        }
        assert_eq!(fixture.requests(), 1);
        fixture.clock.advance(seconds(2));
        tokens.token().await.unwrap();
    }
}

#[tokio::test]
async fn a_429_without_retry_after_backs_off_for_at_least_a_second() {
    let fixture = Fixture::new();
    fixture.auth.next(MockResponse::new(429));
    let tokens = fixture.tokens();
    tokens.token().await.unwrap_err();
    fixture.clock.advance(Duration::from_millis(990));
    tokens.token().await.unwrap_err();
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn after_a_suspension_no_expired_token_is_served() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    let first = value(&tokens.token().await.unwrap());
    fixture.clock.suspend(seconds(7200));
    fixture.clock.step_wall_back(seconds(7200));
    let values = call_concurrently(20, || {
        let tokens = tokens.clone();
        async move { value(&tokens.token().await.unwrap()) }
    })
    .await;
    assert!(values.iter().all(|token| *token != first));
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_step_of_the_wall_clock_costs_at_most_one_fetch() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    tokens.token().await.unwrap();
    fixture.clock.step_wall_back(seconds(3600));
    tokens.token().await.unwrap();
    assert_eq!(fixture.requests(), 1);
    fixture.clock.advance(seconds(3595));
    tokens.token().await.unwrap();
    assert_eq!(
        fixture.requests(),
        2,
        "a step back does not extend the token's lifetime"
    );
    fixture.clock.step_wall_forward(seconds(3600));
    tokens.token().await.unwrap();
    fixture.clock.step_wall_back(seconds(3600));
    tokens.token().await.unwrap();
    assert_eq!(fixture.requests(), 3);
}

#[tokio::test]
async fn idle_managers_have_no_task() {
    let fixture = Fixture::new();
    let managers: Vec<_> = (0..1000).map(|_| fixture.tokens()).collect();
    assert_eq!(fixture.clock.tasks_started(), 0);
    managers[0].token().await.unwrap();
    assert_eq!((fixture.clock.tasks_started(), fixture.clock.sleepers()), (1, 0));
}

#[test]
fn a_runtime_dropped_during_a_fetch_does_not_block_later_calls() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    let hold = fixture.auth.hold();
    let first = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    first.block_on(async {
        let tokens = tokens.clone();
        tokio::spawn(async move { tokens.token().await });
        fixture.auth.wait_for_token_requests(1).await;
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
fn a_call_outside_a_runtime_is_an_error() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    let mut headers = http::HeaderMap::new();
    assert!(tokens.authorize_now(&mut headers).is_none());
    let mut call = std::pin::pin!(tokens.token());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = call.as_mut().poll(&mut context) else {
        panic!("expected an immediate error")
    };
    assert!(matches!(error, Error::NoRuntime(_)), "{error}");
}

#[tokio::test]
async fn keep_warm_renews_without_calls_until_it_is_dropped() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    let warm = tokens.keep_warm().unwrap();
    fixture.wait_until(|| tokens.status().state == TokenState::Valid).await;
    for _ in 0..100 {
        fixture.wait_until(|| fixture.clock.sleepers() == 1).await;
        fixture.clock.advance(seconds(30));
    }
    fixture.wait_until(|| fixture.requests() == 2).await;
    drop(warm);
    fixture.wait_until(|| fixture.clock.sleepers() == 0).await;
}

#[tokio::test]
async fn token_valid_for_renews_early_or_reports_a_short_lifetime() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    tokens.token().await.unwrap();
    fixture.clock.advance(seconds(1800));
    tokens.token_valid_for(seconds(1700)).await.unwrap();
    assert_eq!(fixture.requests(), 1);
    tokens.token_valid_for(seconds(3000)).await.unwrap();
    assert_eq!(fixture.requests(), 2);
    for _ in 0..10 {
        let error = tokens.token_valid_for(seconds(4000)).await.unwrap_err();
        assert!(matches!(error, Error::LifetimeTooShort { .. }), "{error}");
        let message = error.to_string();
        let request = "a token valid for 4000 s was requested, but the newest token of client `bookshop`";
        let skew = "can be used for 3590 s: its last 10 s do not count (clock skew)";
        assert!(message.contains(request) && message.contains(skew), "{message}");
    }
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn ready_and_status_report_the_token_state() {
    let fixture = Fixture::new();
    fixture.auth.next(MockResponse::new(500));
    let tokens = fixture.tokens();
    assert_eq!(tokens.status().state, TokenState::Missing);
    tokens.ready().await.unwrap_err();
    assert_eq!(tokens.status().fetches_failed, 1);
    assert!(tokens.status().last_error.is_some());
    fixture.clock.advance(seconds(2));
    tokens.ready().await.unwrap();
    let status = tokens.status();
    assert_eq!((status.state, status.tokens_fetched), (TokenState::Valid, 1));
    assert_eq!(status.valid_for, Some(seconds(3590)));
    assert!(status.last_error.is_none());
    fixture.clock.advance(seconds(3600));
    assert_eq!(tokens.status().state, TokenState::Expired);
}
