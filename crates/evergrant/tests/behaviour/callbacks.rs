//! The Callbacks table: providers, the update callback, manual style.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use evergrant::error::{CallbackKind, TimeoutScope};
use evergrant::{BuildError, ClientCredentials, Error, Exchange, Generation, Token, TokenManager, TokenState};
use evergrant_reqwest::Transport;
use evergrant_testing::{Answer, LogCapture};
use tokio::sync::Barrier;

use crate::support::{CLIENT, World, seconds};

#[tokio::test]
async fn a_token_provider_is_called_only_when_the_last_token_is_missing_or_expired() {
    let world = World::new();
    let lasts: Arc<Mutex<Vec<Option<String>>>> = Arc::default();
    let tokens = world
        .builder()
        .token_provider({
            let lasts = Arc::clone(&lasts);
            move |last: Option<Token>, exchange: Exchange| {
                lasts
                    .lock()
                    .unwrap()
                    .push(last.map(|last| last.access_token().expose().to_owned()));
                async move { exchange.fetch_token().await }
            }
        })
        .build(Transport::default())
        .unwrap();
    let first = tokens.token().await.unwrap().access_token().expose().to_owned();
    for _ in 0..35 {
        world.clock.advance(seconds(100));
        tokens.token().await.unwrap();
    }
    assert_eq!(
        lasts.lock().unwrap().len(),
        1,
        "past 75% of the lifetime there is no call either"
    );
    world.clock.advance(seconds(100));
    tokens.token().await.unwrap();
    assert_eq!(*lasts.lock().unwrap(), [None, Some(first)]);
}

#[tokio::test]
async fn a_token_provider_may_be_an_async_closure_and_give_a_stored_token() {
    let world = World::new();
    let builder = world
        .builder()
        .token_provider(async |_last: Option<Token>, _exchange: Exchange| {
            Ok(Token::new("from-the-database").with_expires_in(seconds(600)))
        });
    let tokens = builder.build(Transport::default()).unwrap();
    assert_eq!(
        tokens.token().await.unwrap().access_token().expose(),
        "from-the-database"
    );
    assert_eq!(world.requests(), 0);
}

#[tokio::test]
async fn an_expired_or_unusable_token_from_a_provider_is_a_clear_error_and_not_a_loop() {
    let world = World::new();
    let expired = Token::new("old").with_expires_at(world.clock.wall() - seconds(1));
    for (token, words) in [
        (expired, "already expired"),
        (Token::new("a\nb"), "no header"),
        (Token::new(""), "empty"),
    ] {
        let calls = Arc::new(AtomicUsize::new(0));
        let tokens = world
            .builder()
            .token_provider({
                let calls = Arc::clone(&calls);
                move |_, _| {
                    calls.fetch_add(1, Ordering::SeqCst);
                    let token = token.clone();
                    async move { Ok(token) }
                }
            })
            .build(Transport::default())
            .unwrap();
        let error = tokens.token().await.unwrap_err();
        assert!(
            matches!(error, Error::Callback(_)) && error.to_string().contains(words),
            "{error}"
        );
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn a_provider_that_calls_through_the_same_client_gets_an_error_and_never_a_deadlock() {
    let world = World::new();
    let own: Arc<Mutex<Option<TokenManager>>> = Arc::default();
    let tokens = world
        .builder()
        .token_provider({
            let own = Arc::clone(&own);
            move |_, _| {
                let own = own.lock().unwrap().clone().unwrap();
                async move { own.token().await }
            }
        })
        .build(Transport::default())
        .unwrap();
    *own.lock().unwrap() = Some(tokens.clone());
    let error = tokens.token().await.unwrap_err();
    assert!(
        matches!(error, Error::ProviderCycle(_)) && error.to_string().contains("exchange"),
        "{error}"
    );
    own.lock().unwrap().take();
}

#[tokio::test]
async fn two_providers_that_wait_for_each_other_get_an_error_too() {
    let world = World::new();
    let other: Arc<Mutex<Option<TokenManager>>> = Arc::default();
    let calling = |target: Arc<Mutex<Option<TokenManager>>>| {
        move |_: Option<Token>, _: Exchange| {
            let target = target.lock().unwrap().clone().unwrap();
            async move { target.token().await }
        }
    };
    let first = world
        .builder()
        .token_provider(calling(Arc::clone(&other)))
        .build(Transport::default())
        .unwrap();
    let back = Arc::new(Mutex::new(Some(first.clone())));
    let second = world
        .builder()
        .token_provider(calling(back))
        .build(Transport::default())
        .unwrap();
    *other.lock().unwrap() = Some(second);
    assert!(matches!(first.token().await.unwrap_err(), Error::ProviderCycle(_)));
    other.lock().unwrap().take();
}

/// A time-out of this limit that says whose provider to look at.
fn names_a_provider(error: &Error, scope: TimeoutScope, limit: Duration) {
    let Error::Timeout(timeout) = error else {
        panic!("{error:?}")
    };
    assert_eq!((timeout.scope(), timeout.limit()), (scope, limit));
    assert_eq!(timeout.callback(), Some(CallbackKind::TokenProvider));
    let told = error.to_string();
    for words in ["its token provider has not answered", CLIENT, "a task that it spawned"] {
        assert!(told.contains(words), "{told}");
    }
}

type Own = Arc<Mutex<Option<TokenManager>>>;

#[tokio::test]
async fn two_providers_that_wait_for_each_other_at_the_same_time_end_at_max_wait() {
    let world = World::new();
    let (one, other) = (Own::default(), Own::default());
    let both = Arc::new(Barrier::new(2));
    let build = |target: &Own| {
        let (target, both) = (Arc::clone(target), Arc::clone(&both));
        let provider = move |_: Option<Token>, _: Exchange| {
            let target = target.lock().unwrap().clone().unwrap();
            let both = Arc::clone(&both);
            async move {
                both.wait().await;
                target.token().await
            }
        };
        let builder = world.builder().token_provider(provider).max_wait(seconds(3));
        builder.build(Transport::default()).unwrap()
    };
    let managers = [build(&other), build(&one)];
    for (own, manager) in [&one, &other].into_iter().zip(&managers) {
        *own.lock().unwrap() = Some(manager.clone());
    }
    let calls = managers
        .clone()
        .map(|manager| tokio::spawn(async move { manager.token().await }));
    // Two callers, their two flights, and the providers' two calls.
    world.clock.wait_for_sleepers(6).await;
    world.clock.advance(seconds(3));
    for call in calls {
        names_a_provider(&call.await.unwrap().unwrap_err(), TimeoutScope::Caller, seconds(3));
    }
    world
        .until(|| managers.iter().all(|manager| !manager.status().fetching))
        .await;
    for own in [one, other] {
        own.lock().unwrap().take();
    }
}

#[tokio::test]
async fn a_provider_that_spawns_a_call_through_its_own_client_ends_at_max_wait() {
    let world = World::new();
    for (max_wait, flight_timeout) in [(3, 15), (30, 2)] {
        let own = Own::default();
        let provider = {
            let own = Arc::clone(&own);
            move |_: Option<Token>, _: Exchange| {
                let own = own.lock().unwrap().clone().unwrap();
                async move { tokio::spawn(async move { own.token().await }).await.unwrap() }
            }
        };
        let builder = world.builder().token_provider(provider).max_wait(seconds(max_wait));
        let builder = builder.flight_timeout(seconds(flight_timeout));
        let tokens = builder.build(Transport::default()).unwrap();
        *own.lock().unwrap() = Some(tokens.clone());
        let call = tokio::spawn({
            let tokens = tokens.clone();
            async move { tokens.token().await }
        });
        world.clock.wait_for_sleepers(3).await;
        world.clock.advance(seconds(max_wait.min(flight_timeout)));
        let error = call.await.unwrap().unwrap_err();
        match max_wait < flight_timeout {
            true => names_a_provider(&error, TimeoutScope::Caller, seconds(max_wait)),
            false => names_a_provider(&error, TimeoutScope::Flight, seconds(flight_timeout)),
        }
        world.until(|| !tokens.status().fetching).await;
        own.lock().unwrap().take();
        world.until(|| world.clock.sleepers() == 0).await;
    }
}

#[tokio::test]
async fn a_credential_provider_that_hangs_is_named_too() {
    let world = World::new();
    let provider = || async { std::future::pending().await };
    let builder = world.configured(ClientCredentials::with_credential_provider(CLIENT, provider));
    let tokens = builder.max_wait(seconds(3)).build(Transport::default()).unwrap();
    let call = tokio::spawn(async move { tokens.token().await });
    world.clock.wait_for_sleepers(2).await;
    world.clock.advance(seconds(3));
    let error = call.await.unwrap().unwrap_err();
    assert!(
        error.to_string().contains("the credential provider or the server"),
        "{error}"
    );
}

#[tokio::test]
async fn a_providers_error_reaches_the_caller_with_its_source_and_the_next_call_tries_again() {
    let world = World::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let tokens = world
        .builder()
        .token_provider({
            let calls = Arc::clone(&calls);
            move |_, exchange: Exchange| {
                let call = calls.fetch_add(1, Ordering::SeqCst);
                async move {
                    if call == 0 {
                        return Err(Error::provider(std::io::Error::other("the vault is sealed")));
                    }
                    exchange.fetch_token().await
                }
            }
        })
        .build(Transport::default())
        .unwrap();
    let error = tokens.token().await.unwrap_err();
    assert!(error.to_string().contains("the vault is sealed"));
    let source = std::error::Error::source(&error)
        .unwrap()
        .downcast_ref::<std::io::Error>()
        .unwrap();
    assert_eq!(source.to_string(), "the vault is sealed");
    tokens.token().await.unwrap();
}

#[tokio::test]
async fn a_credential_providers_error_reaches_the_caller_with_its_source() {
    let world = World::new();
    let provider = || async { Err(Error::credential_provider("no such file")) };
    let builder = world.configured(ClientCredentials::with_credential_provider(CLIENT, provider));
    let tokens = builder.build(Transport::default()).unwrap();
    assert!(tokens.token().await.unwrap_err().to_string().contains("no such file"));
    assert_eq!(world.requests(), 0);
}

#[tokio::test]
async fn the_update_callback_is_called_in_order_after_each_new_token_and_not_for_others() {
    let world = World::new();
    let seen: Arc<Mutex<Vec<u64>>> = Arc::default();
    let number = |token: &Token| {
        token
            .access_token()
            .expose()
            .split('-')
            .nth(2)
            .unwrap()
            .parse()
            .unwrap()
    };
    let tokens = world
        .builder()
        .token(Token::new("preset").with_expires_at(world.clock.wall() + seconds(60)))
        .on_token_update({
            let seen = Arc::clone(&seen);
            move |token| seen.lock().unwrap().push(number(&token))
        })
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    let _ = tokens.fetch_token().await.unwrap();
    for _ in 0..10 {
        world.clock.advance(seconds(3600));
        tokens.token().await.unwrap();
        tokens.token().await.unwrap();
    }
    world.until(|| seen.lock().unwrap().len() == 10).await;
    assert_eq!(*seen.lock().unwrap(), (2..=11).collect::<Vec<u64>>());
}

#[tokio::test]
async fn the_update_callbacks_panic_breaks_nothing_and_is_reported_without_the_token() {
    let world = World::new();
    let logs = LogCapture::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let tokens = world
        .builder()
        .on_token_update({
            let calls = Arc::clone(&calls);
            let logs = logs.clone();
            move |token| {
                // The callback runs on a thread of its own, which the capture must follow.
                std::mem::forget(logs.install());
                calls.fetch_add(1, Ordering::SeqCst);
                panic!("cannot store {}", token.access_token().expose());
            }
        })
        .build(Transport::default())
        .unwrap();
    for call in 1..=3 {
        tokens.token().await.unwrap();
        world.until(|| calls.load(Ordering::SeqCst) == call).await;
        world.clock.advance(seconds(3600));
    }
    world
        .until(|| logs.named("evergrant.update_callback_panicked").len() == 3)
        .await;
    assert!(logs.mention("cannot store") && !logs.mention("test-token-"));
}

#[tokio::test]
async fn the_update_callbacks_slowness_delays_no_call() {
    let world = World::new();
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let called = Arc::new(AtomicUsize::new(0));
    let tokens = world
        .builder()
        .on_token_update({
            let (gate, called) = (Arc::clone(&gate), Arc::clone(&called));
            move |_| {
                let open = gate.0.lock().unwrap();
                drop(gate.1.wait_while(open, |open| !*open).unwrap());
                called.fetch_add(1, Ordering::SeqCst);
            }
        })
        .build(Transport::default())
        .unwrap();
    for _ in 0..5 {
        tokens.token().await.unwrap();
        world.clock.advance(seconds(3600));
    }
    assert_eq!(called.load(Ordering::SeqCst), 0);
    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
    world.until(|| called.load(Ordering::SeqCst) == 5).await;
}

#[tokio::test]
async fn a_subscription_gives_each_new_token_and_ends_with_the_manager() {
    let world = World::new();
    let tokens = world.tokens();
    let mut updates = tokens.subscribe();
    tokens.token().await.unwrap();
    assert_eq!(updates.next().await.unwrap().generation(), tokens.status().generation);
    drop(tokens);
    assert!(updates.next().await.is_none());
}

fn manual(world: &World) -> TokenManager {
    world.builder().manual().build(Transport::default()).unwrap()
}

#[tokio::test]
async fn in_manual_style_a_call_without_a_token_fails_before_anything_is_sent() {
    let world = World::new();
    assert!(matches!(
        manual(&world).token().await.unwrap_err(),
        Error::NotAuthorized(_)
    ));
    assert_eq!(world.requests(), 0);
}

#[tokio::test]
async fn in_manual_style_a_call_with_an_expired_token_fails_before_anything_is_sent() {
    let world = World::new();
    let tokens = manual(&world);
    let token = tokens.fetch_token().await.unwrap();
    let authorized = tokens.with_token(token).unwrap();
    authorized.token().await.unwrap();
    world.clock.advance(seconds(3600));
    assert!(matches!(authorized.token().await.unwrap_err(), Error::TokenExpired(_)));
    assert_eq!(world.requests(), 1);
}

#[tokio::test]
async fn fetch_token_asks_the_server_each_time_and_installs_nothing() {
    let world = World::new();
    let tokens = manual(&world);
    let first = tokens.fetch_token().await.unwrap();
    let second = tokens.fetch_token().await.unwrap();
    assert_ne!(first.access_token().expose(), second.access_token().expose());
    assert_eq!(first.generation(), Generation::default());
    assert_eq!(tokens.status().state, TokenState::Missing);
    assert!(
        matches!(tokens.token().await.unwrap_err(), Error::NotAuthorized(_)),
        "the first client is unchanged"
    );
    let authorized = tokens.with_token(second.clone()).unwrap();
    assert_eq!(
        authorized.token().await.unwrap().access_token().expose(),
        second.access_token().expose()
    );
    assert!(matches!(
        tokens.with_token(Token::new("a\nb")),
        Err(BuildError::InvalidToken)
    ));
}

#[tokio::test]
async fn fetch_token_inside_a_retry_after_window_returns_the_remembered_error() {
    let world = World::new();
    world.auth.next(Answer::new(503).header("retry-after", "30"));
    let tokens = manual(&world);
    for _ in 0..5 {
        assert_eq!(tokens.fetch_token().await.unwrap_err().retry_after(), Some(seconds(30)));
    }
    assert_eq!(world.requests(), 1);
    world.clock.advance(seconds(30));
    let _ = tokens.fetch_token().await.unwrap();
}
