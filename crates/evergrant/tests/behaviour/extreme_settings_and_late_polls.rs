//! Extreme settings, calls that are polled late, and application code that calls back into the manager.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use evergrant::client_auth::{ClientSecretBasic, ClientSecrets};
use evergrant::{ClientCredentials, Error, Grant, Token, TokenEndpoint, TokenManager, TokenManagerBuilder};
use evergrant::{FailureBackoff, RetryPolicy, TimeLimits};
use evergrant_reqwest::Transport;
use evergrant_testing::{ExpiresIn, Fault, MockResponse};
use http::HeaderMap;

use crate::support::{CLIENT, Fixture, SECRET, seconds};

fn build(builder: TokenManagerBuilder<impl Grant>) -> TokenManager {
    builder.build(Transport::default()).unwrap()
}

/// Returns a manager whose secret is wrong until the returned counter is set to 1.
fn rotating(fixture: &Fixture) -> (TokenManager, Arc<AtomicUsize>) {
    let step = Arc::new(AtomicUsize::new(0));
    let current_step = Arc::clone(&step);
    let builder = ClientCredentials::builder(
        CLIENT,
        ClientSecretBasic::with_provider(move || {
            let secret = if current_step.load(Ordering::SeqCst) == 0 {
                "old"
            } else {
                SECRET
            };
            async move { Ok(ClientSecrets::new(secret)) }
        }),
    );
    (build(fixture.configured(builder)), step)
}

#[tokio::test]
async fn an_unlimited_fetch_timeout_works() {
    let fixture = Fixture::new();
    let tokens = build(fixture.builder().time_limits(TimeLimits::new().fetch(Duration::MAX)));
    let hold = fixture.auth.hold();
    let first = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.token().await }
    });
    fixture.auth.wait_for_token_requests(1).await;
    assert!(tokens.status().fetching);
    let second = tokio::spawn(async move { tokens.token().await });
    hold.release();
    assert!(first.await.unwrap().is_ok() && second.await.unwrap().is_ok());
}

#[tokio::test]
async fn maximum_durations_do_not_overflow() {
    for _ in 0..20 {
        let fixture = Fixture::new();
        fixture
            .auth
            .always(MockResponse::new(401).json(r#"{"error":"invalid_client"}"#));
        let tokens = build(
            fixture
                .builder()
                .failure_backoff(FailureBackoff::new().after_rejection(Duration::MAX)),
        );
        assert!(matches!(tokens.token().await, Err(Error::OAuthProvider(_))));

        let calls = AtomicUsize::new(0);
        let provider = move |_: Option<Token>, _: TokenEndpoint| {
            let is_first = calls.fetch_add(1, Ordering::SeqCst) == 0;
            let token = Token::new("not-a-real-token");
            async move {
                Ok(if is_first {
                    token.with_expires_in(Duration::MAX)
                } else {
                    token
                })
            }
        };
        let tokens = build(fixture.builder().renew_after(1.0).token_provider(provider));
        let token = tokens.token().await.unwrap();
        tokens.reject(token.generation());
        tokens.token().await.unwrap();
    }
}

#[tokio::test]
async fn changed_credentials_end_the_back_off_after_any_rejection() {
    let fixture = Fixture::new();
    let (tokens, step) = rotating(&fixture);
    fixture
        .auth
        .next(MockResponse::new(400).json(r#"{"error":"unauthorized_client"}"#));
    tokens.token().await.unwrap_err();
    step.store(1, Ordering::SeqCst);
    tokens.token().await.unwrap();
}

#[tokio::test]
async fn a_single_credential_change_does_not_end_later_back_offs() {
    let fixture = Fixture::new();
    let (tokens, step) = rotating(&fixture);
    tokens.token().await.unwrap_err();
    step.store(1, Ordering::SeqCst);
    fixture
        .auth
        .always(MockResponse::new(400).json(r#"{"error":"invalid_scope"}"#));
    for _ in 0..100 {
        tokens.token().await.unwrap_err();
    }
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_call_polled_late_gets_no_expired_token() {
    let fixture = Fixture::new();
    fixture.auth.lifetime(seconds(60));
    let tokens = fixture.tokens();
    let mut call = pin!(tokens.token());
    assert!(poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_pending())).await);
    fixture.wait_until(|| tokens.status().tokens_fetched == 1).await;
    fixture.clock.suspend(seconds(3600));
    let token = call.await.unwrap();
    assert!(token.expires_at().unwrap() > fixture.clock.wall());
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn keep_warm_pauses_when_no_token_can_be_cached() {
    let fixture = Fixture::new();
    fixture.auth.expires_in(ExpiresIn::Zero);
    let calls = Arc::new(AtomicUsize::new(0));
    let provider = {
        let calls = Arc::clone(&calls);
        move |_: Option<Token>, _: TokenEndpoint| {
            calls.fetch_add(1, Ordering::SeqCst);
            async { Err(Error::provider("the database is down")) }
        }
    };
    let (uncacheable, failing) = (fixture.tokens(), build(fixture.builder().token_provider(provider)));
    let _warm = (uncacheable.keep_warm().unwrap(), failing.keep_warm().unwrap());
    fixture
        .wait_until(|| uncacheable.status().tokens_fetched == 1 && failing.status().fetches_failed == 1)
        .await;
    // In total less than the pause of one second, in steps longer than the polling interval.
    for _ in 0..8 {
        fixture.wait_until(|| fixture.clock.sleepers() >= 2).await;
        fixture.clock.advance(Duration::from_millis(90));
    }
    assert_eq!((fixture.requests(), calls.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn a_background_renewal_retries_once_a_call_waits_for_it() {
    let fixture = Fixture::new();
    let tokens = build(fixture.builder().retries(RetryPolicy::new(2).pause(Duration::ZERO)));
    let old = tokens.token().await.unwrap().generation();
    fixture.clock.advance(seconds(3000));
    fixture.auth.next(MockResponse::new(503));
    let hold = fixture.auth.hold();
    tokens.authorize_now(&mut HeaderMap::new()).unwrap();
    fixture.auth.wait_for_token_requests(2).await;
    tokens.reject(old);
    let mut call = pin!(tokens.token());
    assert!(poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_pending())).await);
    hold.release();
    assert!(call.await.unwrap().generation() > old);
    assert_eq!(fixture.requests(), 3);
}

#[tokio::test]
async fn checking_credentials_does_not_shorten_the_fetch_timeout() {
    let fixture = Fixture::new();
    let read = Arc::new(AtomicUsize::new(0));
    let builder = {
        let (read, clock) = (Arc::clone(&read), fixture.clock.clone());
        ClientCredentials::builder(
            CLIENT,
            ClientSecretBasic::with_provider(move || {
                let (time, clock) = (read.fetch_add(1, Ordering::SeqCst), clock.clone());
                async move {
                    if time == 1 {
                        evergrant::runtime::Runtime::sleep(&clock, seconds(4)).await;
                    }
                    Ok(ClientSecrets::new(if time == 0 { "old" } else { SECRET }))
                }
            }),
        )
    };
    let tokens = build(
        fixture
            .configured(builder)
            .time_limits(TimeLimits::new().attempt(seconds(15)).wait(seconds(60))),
    );
    tokens.token().await.unwrap_err();
    fixture.auth.next(Fault::Hang);
    let call = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.token().await }
    });
    fixture.wait_until(|| read.load(Ordering::SeqCst) == 2).await;
    fixture.wait_until(|| fixture.clock.sleepers() >= 2).await;
    fixture.clock.advance(seconds(4));
    fixture.auth.wait_for_token_requests(2).await;
    fixture.clock.advance(seconds(13));
    assert!(
        tokens.status().fetching,
        "the fetch continues 17 s after its start and 13 s after its request"
    );
    fixture.auth.release_hanging();
    let _ = call.await.unwrap();
}

#[test]
fn a_log_subscriber_may_read_the_status() {
    let (done, completion) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(async {
            let fixture = Fixture::new();
            let tokens = build(fixture.builder().on_token_update(drop));
            let _guard = tracing::subscriber::set_default(StatusReader(tokens.clone()));
            let old = tokens.token().await.unwrap().generation();
            tokens.reject(old);
            fixture.auth.always(MockResponse::new(500));
            tokens.token().await.unwrap_err();
        });
        done.send(()).unwrap();
    });
    completion.recv_timeout(seconds(20)).expect("no deadlock");
}

#[test]
fn fetch_token_outside_a_runtime_is_an_error() {
    let tokens = build(ClientCredentials::builder(CLIENT, SECRET).token_url("https://auth.example.com/token"));
    let outcome = pin!(tokens.fetch_token()).poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(outcome, Poll::Ready(Err(Error::NoRuntime(_)))));
}

#[tokio::test]
async fn an_oversized_body_is_not_retried() {
    let fixture = Fixture::new();
    fixture.auth.always(Fault::Oversized);
    let error = build(fixture.builder().retries(2)).token().await.unwrap_err();
    assert!(!error.is_retryable(), "{error}");
    assert_eq!(fixture.requests(), 1);
}

#[test]
fn a_token_update_survives_its_runtime() {
    let fixture = Fixture::new();
    let (sender, receiver) = mpsc::channel();
    let tokens = build(
        ClientCredentials::builder(CLIENT, SECRET)
            .token_url(fixture.auth.token_url())
            .on_token_update(move |token| sender.send(token.generation()).unwrap()),
    );
    // The only thread for blocking tasks is busy until the runtime shuts down.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let (busy, idle) = mpsc::channel::<()>();
    runtime.spawn_blocking(move || idle.recv());
    let token = runtime.block_on(tokens.token()).unwrap();
    assert!(receiver.try_recv().is_err());
    runtime.shutdown_background();
    drop(busy);
    assert_eq!(receiver.recv_timeout(seconds(20)).unwrap(), token.generation());
}

/// A subscriber that reads the manager's status for each event.
struct StatusReader(TokenManager);

impl tracing::Subscriber for StatusReader {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "evergrant" && metadata.is_event()
    }

    fn event(&self, _: &tracing::Event<'_>) {
        assert!(!format!("{:?}", self.0.status()).is_empty());
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
