//! Settings at their limits, callers that look late, code of the application that looks back.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use evergrant::{ClientCredentials, ClientSecrets, Error, Exchange, Token, TokenManager, TokenManagerBuilder};
use evergrant_reqwest::Transport;
use evergrant_testing::{Answer, ExpiresIn, Fault};
use http::HeaderMap;

use crate::support::{CLIENT, SECRET, World, seconds};

fn build(builder: TokenManagerBuilder) -> TokenManager {
    builder.build(Transport::default()).unwrap()
}

/// A client whose secret is `old`, and from the returned count's first step on the right one.
fn rotating(world: &World) -> (TokenManager, Arc<AtomicUsize>) {
    let step = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&step);
    let builder = ClientCredentials::with_credential_provider(CLIENT, move || {
        let secret = if seen.load(Ordering::SeqCst) == 0 {
            "old"
        } else {
            SECRET
        };
        async move { Ok(ClientSecrets::new(secret)) }
    });
    (build(world.configured(builder)), step)
}

#[tokio::test]
async fn no_limit_at_all_is_a_limit_like_any_other() {
    let world = World::new();
    let tokens = build(world.builder().flight_timeout(Duration::MAX));
    let hold = world.auth.hold();
    let first = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.token().await }
    });
    world.auth.wait_for_token_requests(1).await;
    assert!(tokens.status().fetching);
    let second = tokio::spawn(async move { tokens.token().await });
    hold.release();
    assert!(first.await.unwrap().is_ok() && second.await.unwrap().is_ok());
}

#[tokio::test]
async fn the_longest_quiet_window_and_the_longest_lifetime_are_only_long() {
    for _ in 0..20 {
        let world = World::new();
        world
            .auth
            .always(Answer::new(401).json(r#"{"error":"invalid_client"}"#));
        let tokens = build(world.builder().quiet_window_after_refusal(Duration::MAX));
        assert!(matches!(tokens.token().await, Err(Error::OAuthProvider(_))));

        let asked = AtomicUsize::new(0);
        let provider = move |_: Option<Token>, _: Exchange| {
            let eternal = asked.fetch_add(1, Ordering::SeqCst) == 0;
            let token = Token::new("not-a-real-token");
            async move {
                Ok(if eternal {
                    token.with_expires_in(Duration::MAX)
                } else {
                    token
                })
            }
        };
        let tokens = build(world.builder().renew_after(1.0).token_provider(provider));
        let token = tokens.token().await.unwrap();
        tokens.reject(token.generation());
        tokens.token().await.unwrap();
    }
}

#[tokio::test]
async fn changed_credentials_end_the_window_after_any_refusal() {
    let world = World::new();
    let (tokens, step) = rotating(&world);
    world
        .auth
        .next(Answer::new(400).json(r#"{"error":"unauthorized_client"}"#));
    tokens.token().await.unwrap_err();
    step.store(1, Ordering::SeqCst);
    tokens.token().await.unwrap();
}

#[tokio::test]
async fn credentials_that_changed_once_do_not_end_later_windows() {
    let world = World::new();
    let (tokens, step) = rotating(&world);
    tokens.token().await.unwrap_err();
    step.store(1, Ordering::SeqCst);
    world.auth.always(Answer::new(400).json(r#"{"error":"invalid_scope"}"#));
    for _ in 0..100 {
        tokens.token().await.unwrap_err();
    }
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn a_call_that_is_polled_again_only_after_an_hour_gets_no_expired_token() {
    let world = World::new();
    world.auth.lifetime(seconds(60));
    let tokens = world.tokens();
    let mut call = pin!(tokens.token());
    assert!(poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_pending())).await);
    world.until(|| tokens.status().tokens_obtained == 1).await;
    world.clock.suspend(seconds(3600));
    let token = call.await.unwrap();
    assert!(token.expires_at().unwrap() > world.clock.wall());
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn keep_warm_pauses_where_no_token_can_be_kept() {
    let world = World::new();
    world.auth.expires_in(ExpiresIn::Zero);
    let asked = Arc::new(AtomicUsize::new(0));
    let provider = {
        let asked = Arc::clone(&asked);
        move |_: Option<Token>, _: Exchange| {
            asked.fetch_add(1, Ordering::SeqCst);
            async { Err(Error::provider("the database is down")) }
        }
    };
    let (useless, failing) = (world.tokens(), build(world.builder().token_provider(provider)));
    let _warm = (useless.keep_warm().unwrap(), failing.keep_warm().unwrap());
    world
        .until(|| useless.status().tokens_obtained == 1 && failing.status().fetches_failed == 1)
        .await;
    // Less than the pause of a second, in steps longer than the one between two looks.
    for _ in 0..8 {
        world.until(|| world.clock.sleepers() >= 2).await;
        world.clock.advance(Duration::from_millis(90));
    }
    assert_eq!((world.requests(), asked.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn callers_who_come_to_depend_on_a_renewal_are_spared_its_blip() {
    let world = World::new();
    let tokens = build(world.builder().retries(2).retry_pause(Duration::ZERO));
    let old = tokens.token().await.unwrap().generation();
    world.clock.advance(seconds(3000));
    world.auth.next(Answer::new(503));
    let hold = world.auth.hold();
    tokens.authorize_now(&mut HeaderMap::new()).unwrap();
    world.auth.wait_for_token_requests(2).await;
    tokens.reject(old);
    let mut call = pin!(tokens.token());
    assert!(poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_pending())).await);
    hold.release();
    assert!(call.await.unwrap().generation() > old);
    assert_eq!(world.requests(), 3);
}

#[tokio::test]
async fn a_check_of_the_credentials_leaves_the_flight_its_whole_time() {
    let world = World::new();
    let read = Arc::new(AtomicUsize::new(0));
    let builder = {
        let (read, clock) = (Arc::clone(&read), world.clock.clone());
        ClientCredentials::with_credential_provider(CLIENT, move || {
            let (time, clock) = (read.fetch_add(1, Ordering::SeqCst), clock.clone());
            async move {
                if time == 1 {
                    evergrant::runtime::Runtime::sleep(&clock, seconds(4)).await;
                }
                Ok(ClientSecrets::new(if time == 0 { "old" } else { SECRET }))
            }
        })
    };
    let tokens = build(
        world
            .configured(builder)
            .attempt_timeout(seconds(15))
            .max_wait(seconds(60)),
    );
    tokens.token().await.unwrap_err();
    world.auth.next(Fault::Hang);
    let call = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.token().await }
    });
    world.until(|| read.load(Ordering::SeqCst) == 2).await;
    world.until(|| world.clock.sleepers() >= 2).await;
    world.clock.advance(seconds(4));
    world.auth.wait_for_token_requests(2).await;
    world.clock.advance(seconds(13));
    assert!(tokens.status().fetching, "17 s after its start, 13 s after its request");
    world.auth.release_hanging();
    let _ = call.await.unwrap();
}

#[test]
fn a_log_subscriber_may_look_at_the_manager() {
    let (done, waiting) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(async {
            let world = World::new();
            let tokens = build(world.builder().on_token_update(drop));
            let _guard = tracing::subscriber::set_default(Nosy(tokens.clone()));
            let old = tokens.token().await.unwrap().generation();
            tokens.reject(old);
            world.auth.always(Answer::new(500));
            tokens.token().await.unwrap_err();
        });
        done.send(()).unwrap();
    });
    waiting
        .recv_timeout(seconds(20))
        .expect("it waits for a lock that it holds");
}

#[test]
fn outside_of_any_runtime_asking_is_an_error() {
    let tokens = build(ClientCredentials::new(CLIENT, SECRET).token_url("https://auth.example.com/token"));
    let outcome = pin!(tokens.fetch_token()).poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(outcome, Poll::Ready(Err(Error::NoRuntime(_)))));
}

#[tokio::test]
async fn a_body_that_is_too_large_is_not_fetched_again() {
    let world = World::new();
    world.auth.always(Fault::Oversized);
    let error = build(world.builder().retries(2)).token().await.unwrap_err();
    assert!(!error.is_retryable(), "{error}");
    assert_eq!(world.requests(), 1);
}

#[test]
fn a_token_update_survives_the_runtime_that_fetched_it() {
    let world = World::new();
    let (told, heard) = mpsc::channel();
    let tokens = build(
        ClientCredentials::new(CLIENT, SECRET)
            .token_url(world.auth.token_url())
            .on_token_update(move |token| told.send(token.generation()).unwrap()),
    );
    // Its one thread for blocking work is busy until the runtime goes.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let (busy, idle) = mpsc::channel::<()>();
    runtime.spawn_blocking(move || idle.recv());
    let token = runtime.block_on(tokens.token()).unwrap();
    assert!(heard.try_recv().is_err());
    runtime.shutdown_background();
    drop(busy);
    assert_eq!(heard.recv_timeout(seconds(20)).unwrap(), token.generation());
}

/// Looks at the manager whenever it is told of anything.
struct Nosy(TokenManager);

impl tracing::Subscriber for Nosy {
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
