//! Token providers, credential providers, update callbacks and manual mode.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use evergrant::TimeLimits;
use evergrant::client_auth::ClientSecretBasic;
use evergrant::error::{CallbackKind, TimeoutScope};
use evergrant::{BuildError, ClientCredentials, Error, Generation, Token, TokenEndpoint, TokenManager, TokenState};
use evergrant_reqwest::Transport;
use evergrant_testing::{LogCapture, MockResponse};
use tokio::sync::Barrier;

use crate::support::{CLIENT, Fixture, seconds};

#[tokio::test]
async fn a_token_provider_is_called_only_when_the_last_token_is_missing_or_expired() {
    let fixture = Fixture::new();
    let previous_tokens: Arc<Mutex<Vec<Option<String>>>> = Arc::default();
    let tokens = fixture
        .builder()
        .token_provider({
            let previous_tokens = Arc::clone(&previous_tokens);
            move |previous: Option<Token>, endpoint: TokenEndpoint| {
                previous_tokens
                    .lock()
                    .unwrap()
                    .push(previous.map(|previous| previous.access_token().expose().to_owned()));
                async move { endpoint.fetch_token().await }
            }
        })
        .build(Transport::default())
        .unwrap();
    let first = tokens.token().await.unwrap().access_token().expose().to_owned();
    for _ in 0..35 {
        fixture.clock.advance(seconds(100));
        tokens.token().await.unwrap();
    }
    assert_eq!(
        previous_tokens.lock().unwrap().len(),
        1,
        "the provider is not called after 75% of the lifetime"
    );
    fixture.clock.advance(seconds(100));
    tokens.token().await.unwrap();
    assert_eq!(*previous_tokens.lock().unwrap(), [None, Some(first)]);
}

#[tokio::test]
async fn a_token_provider_may_return_a_stored_token() {
    let fixture = Fixture::new();
    let builder = fixture
        .builder()
        .token_provider(async |_last: Option<Token>, _endpoint: TokenEndpoint| {
            Ok(Token::new("from-the-database").with_expires_in(seconds(600)))
        });
    let tokens = builder.build(Transport::default()).unwrap();
    assert_eq!(
        tokens.token().await.unwrap().access_token().expose(),
        "from-the-database"
    );
    assert_eq!(fixture.requests(), 0);
}

#[tokio::test]
async fn an_unusable_token_from_a_provider_is_an_error() {
    let fixture = Fixture::new();
    let expired = Token::new("old").with_expires_at(fixture.clock.wall() - seconds(1));
    for (token, words) in [
        (expired, "already expired"),
        (Token::new("a\nb"), "not valid in a header"),
        (Token::new(""), "empty"),
    ] {
        let calls = Arc::new(AtomicUsize::new(0));
        let tokens = fixture
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
async fn a_provider_that_calls_its_own_client_gets_an_error() {
    let fixture = Fixture::new();
    let own: Arc<Mutex<Option<TokenManager>>> = Arc::default();
    let tokens = fixture
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
        matches!(error, Error::ProviderCycle(_)) && error.to_string().contains("TokenEndpoint"),
        "{error}"
    );
    own.lock().unwrap().take();
}

#[tokio::test]
async fn two_providers_that_call_each_other_get_an_error() {
    let fixture = Fixture::new();
    let other: Arc<Mutex<Option<TokenManager>>> = Arc::default();
    let calling = |target: Arc<Mutex<Option<TokenManager>>>| {
        move |_: Option<Token>, _: TokenEndpoint| {
            let target = target.lock().unwrap().clone().unwrap();
            async move { target.token().await }
        }
    };
    let first = fixture
        .builder()
        .token_provider(calling(Arc::clone(&other)))
        .build(Transport::default())
        .unwrap();
    let first_slot = Arc::new(Mutex::new(Some(first.clone())));
    let second = fixture
        .builder()
        .token_provider(calling(first_slot))
        .build(Transport::default())
        .unwrap();
    *other.lock().unwrap() = Some(second);
    assert!(matches!(first.token().await.unwrap_err(), Error::ProviderCycle(_)));
    other.lock().unwrap().take();
}

/// Asserts that the error is a timeout with this limit, and that its message names the token provider.
fn assert_names_provider(error: &Error, scope: TimeoutScope, limit: Duration) {
    let Error::Timeout(timeout) = error else {
        panic!("{error:?}")
    };
    assert_eq!((timeout.scope(), timeout.limit()), (scope, limit));
    assert_eq!(timeout.callback(), Some(CallbackKind::TokenProvider));
    let message = error.to_string();
    for words in ["its token provider did not complete", CLIENT, "a spawned task"] {
        assert!(message.contains(words), "{message}");
    }
}

type ManagerSlot = Arc<Mutex<Option<TokenManager>>>;

#[tokio::test]
async fn concurrent_providers_that_call_each_other_time_out() {
    let fixture = Fixture::new();
    let (one, other) = (ManagerSlot::default(), ManagerSlot::default());
    let both = Arc::new(Barrier::new(2));
    let build = |target: &ManagerSlot| {
        let (target, both) = (Arc::clone(target), Arc::clone(&both));
        let provider = move |_: Option<Token>, _: TokenEndpoint| {
            let target = target.lock().unwrap().clone().unwrap();
            let both = Arc::clone(&both);
            async move {
                both.wait().await;
                target.token().await
            }
        };
        let builder = fixture
            .builder()
            .token_provider(provider)
            .time_limits(TimeLimits::new().wait(seconds(3)));
        builder.build(Transport::default()).unwrap()
    };
    let managers = [build(&other), build(&one)];
    for (own, manager) in [&one, &other].into_iter().zip(&managers) {
        *own.lock().unwrap() = Some(manager.clone());
    }
    let calls = managers
        .clone()
        .map(|manager| tokio::spawn(async move { manager.token().await }));
    // Two calls, their two flights, and the two calls of the providers.
    fixture.clock.wait_for_sleepers(6).await;
    fixture.clock.advance(seconds(3));
    for call in calls {
        assert_names_provider(&call.await.unwrap().unwrap_err(), TimeoutScope::Wait, seconds(3));
    }
    fixture
        .wait_until(|| managers.iter().all(|manager| !manager.status().fetching))
        .await;
    for own in [one, other] {
        own.lock().unwrap().take();
    }
}

#[tokio::test]
async fn a_provider_that_spawns_a_call_to_its_own_client_times_out() {
    let fixture = Fixture::new();
    for (max_wait, fetch_timeout) in [(3, 15), (30, 2)] {
        let own = ManagerSlot::default();
        let provider = {
            let own = Arc::clone(&own);
            move |_: Option<Token>, _: TokenEndpoint| {
                let own = own.lock().unwrap().clone().unwrap();
                async move { tokio::spawn(async move { own.token().await }).await.unwrap() }
            }
        };
        let limits = TimeLimits::new().wait(seconds(max_wait)).fetch(seconds(fetch_timeout));
        let builder = fixture.builder().token_provider(provider).time_limits(limits);
        let tokens = builder.build(Transport::default()).unwrap();
        *own.lock().unwrap() = Some(tokens.clone());
        let call = tokio::spawn({
            let tokens = tokens.clone();
            async move { tokens.token().await }
        });
        fixture.clock.wait_for_sleepers(3).await;
        fixture.clock.advance(seconds(max_wait.min(fetch_timeout)));
        let error = call.await.unwrap().unwrap_err();
        match max_wait < fetch_timeout {
            true => assert_names_provider(&error, TimeoutScope::Wait, seconds(max_wait)),
            false => assert_names_provider(&error, TimeoutScope::Fetch, seconds(fetch_timeout)),
        }
        fixture.wait_until(|| !tokens.status().fetching).await;
        own.lock().unwrap().take();
        fixture.wait_until(|| fixture.clock.sleepers() == 0).await;
    }
}

#[tokio::test]
async fn a_timeout_names_a_hanging_credential_provider() {
    let fixture = Fixture::new();
    let provider = || async { std::future::pending().await };
    let builder = fixture.configured(ClientCredentials::builder(
        CLIENT,
        ClientSecretBasic::with_provider(provider),
    ));
    let tokens = builder
        .time_limits(TimeLimits::new().wait(seconds(3)))
        .build(Transport::default())
        .unwrap();
    let call = tokio::spawn(async move { tokens.token().await });
    fixture.clock.wait_for_sleepers(2).await;
    fixture.clock.advance(seconds(3));
    let error = call.await.unwrap().unwrap_err();
    assert!(
        error.to_string().contains("the credential provider or the server"),
        "{error}"
    );
}

#[tokio::test]
async fn a_provider_error_keeps_its_source_and_is_not_cached() {
    let fixture = Fixture::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let tokens = fixture
        .builder()
        .token_provider({
            let calls = Arc::clone(&calls);
            move |_, endpoint: TokenEndpoint| {
                let call = calls.fetch_add(1, Ordering::SeqCst);
                async move {
                    if call == 0 {
                        return Err(Error::provider(std::io::Error::other("the vault is sealed")));
                    }
                    endpoint.fetch_token().await
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
async fn a_credential_provider_error_keeps_its_source() {
    let fixture = Fixture::new();
    let provider = || async { Err(Error::credential_provider("no such file")) };
    let builder = fixture.configured(ClientCredentials::builder(
        CLIENT,
        ClientSecretBasic::with_provider(provider),
    ));
    let tokens = builder.build(Transport::default()).unwrap();
    assert!(tokens.token().await.unwrap_err().to_string().contains("no such file"));
    assert_eq!(fixture.requests(), 0);
}

#[tokio::test]
async fn the_update_callback_is_called_in_order_for_each_new_token() {
    let fixture = Fixture::new();
    let updates: Arc<Mutex<Vec<u64>>> = Arc::default();
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
    let tokens = fixture
        .builder()
        .token(Token::new("initial").with_expires_at(fixture.clock.wall() + seconds(60)))
        .on_token_update({
            let updates = Arc::clone(&updates);
            move |token| updates.lock().unwrap().push(number(&token))
        })
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    let _ = tokens.fetch_token().await.unwrap();
    for _ in 0..10 {
        fixture.clock.advance(seconds(3600));
        tokens.token().await.unwrap();
        tokens.token().await.unwrap();
    }
    fixture.wait_until(|| updates.lock().unwrap().len() == 10).await;
    assert_eq!(*updates.lock().unwrap(), (2..=11).collect::<Vec<u64>>());
}

#[tokio::test]
async fn a_panicking_update_callback_is_logged_without_the_token() {
    let fixture = Fixture::new();
    let logs = LogCapture::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let tokens = fixture
        .builder()
        .on_token_update({
            let calls = Arc::clone(&calls);
            let logs = logs.clone();
            move |token| {
                // The callback runs on its own thread, where the capture must be installed too.
                std::mem::forget(logs.install());
                calls.fetch_add(1, Ordering::SeqCst);
                panic!("cannot store {}", token.access_token().expose());
            }
        })
        .build(Transport::default())
        .unwrap();
    for call in 1..=3 {
        tokens.token().await.unwrap();
        fixture.wait_until(|| calls.load(Ordering::SeqCst) == call).await;
        fixture.clock.advance(seconds(3600));
    }
    fixture
        .wait_until(|| logs.by_name("evergrant.update_callback_panicked").len() == 3)
        .await;
    assert!(logs.contains("cannot store") && !logs.contains("test-token-"));
}

#[tokio::test]
async fn a_slow_update_callback_delays_no_call() {
    let fixture = Fixture::new();
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let called = Arc::new(AtomicUsize::new(0));
    let tokens = fixture
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
        fixture.clock.advance(seconds(3600));
    }
    assert_eq!(called.load(Ordering::SeqCst), 0);
    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
    fixture.wait_until(|| called.load(Ordering::SeqCst) == 5).await;
}

#[tokio::test]
async fn a_subscription_yields_new_tokens_and_ends_with_the_manager() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    let mut updates = tokens.subscribe();
    tokens.token().await.unwrap();
    assert_eq!(updates.next().await.unwrap().generation(), tokens.status().generation);
    drop(tokens);
    assert!(updates.next().await.is_none());
}

fn manual(fixture: &Fixture) -> TokenManager {
    fixture.builder().manual().build(Transport::default()).unwrap()
}

#[tokio::test]
async fn manual_mode_without_a_token_sends_nothing() {
    let fixture = Fixture::new();
    assert!(matches!(
        manual(&fixture).token().await.unwrap_err(),
        Error::NotAuthorized(_)
    ));
    assert_eq!(fixture.requests(), 0);
}

#[tokio::test]
async fn manual_mode_with_an_expired_token_sends_nothing() {
    let fixture = Fixture::new();
    let tokens = manual(&fixture);
    let token = tokens.fetch_token().await.unwrap();
    let authorized = tokens.with_token(token).unwrap();
    authorized.token().await.unwrap();
    fixture.clock.advance(seconds(3600));
    assert!(matches!(authorized.token().await.unwrap_err(), Error::TokenExpired(_)));
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn fetch_token_always_sends_a_request_and_caches_nothing() {
    let fixture = Fixture::new();
    let tokens = manual(&fixture);
    let first = tokens.fetch_token().await.unwrap();
    let second = tokens.fetch_token().await.unwrap();
    assert_ne!(first.access_token().expose(), second.access_token().expose());
    assert_eq!(first.generation(), Generation::default());
    assert_eq!(tokens.status().state, TokenState::Missing);
    assert!(
        matches!(tokens.token().await.unwrap_err(), Error::NotAuthorized(_)),
        "the first manager is unchanged"
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
async fn fetch_token_during_retry_after_returns_the_cached_error() {
    let fixture = Fixture::new();
    fixture.auth.next(MockResponse::new(503).header("retry-after", "30"));
    let tokens = manual(&fixture);
    for _ in 0..5 {
        assert_eq!(tokens.fetch_token().await.unwrap_err().retry_after(), Some(seconds(30)));
    }
    assert_eq!(fixture.requests(), 1);
    fixture.clock.advance(seconds(30));
    let _ = tokens.fetch_token().await.unwrap();
}
