//! Token providers and update callbacks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use emulations::Multiauth;
use evergrant_sdk::evergrant::{self, Grant};
use evergrant_sdk::{TokenEndpoint, TokenManagerBuilder};
use evergrant_testing::ManualClock;
use multiauth::{OAuthCcgCredentials, Token};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::common::{authorization_error, builder, sign_in};
use crate::schemes::{Operation, Scheme, acg, ccg, ropcg};

/// Returns credentials with an update callback, and the tokens that the callback receives.
fn credentials_with_callback() -> (OAuthCcgCredentials, UnboundedReceiver<Token>) {
    let (sender, tokens) = unbounded_channel();
    let credentials = ccg().on_token_update(move |token| sender.send(token).unwrap());
    (credentials, tokens)
}

#[tokio::test]
async fn the_update_callback_receives_each_new_token_once_and_in_order() {
    let multiauth = Multiauth::start();
    let (credentials, mut updates) = credentials_with_callback();
    let client = builder(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    for _ in 0..2 {
        for _ in 0..3 {
            Operation::GetStatus.call(&client).await.unwrap();
        }
        let current = client.oauth_ccg_manager().unwrap().token().await.unwrap();
        let updated = updates.recv().await.unwrap();
        assert_eq!(updated.access_token().expose(), current.access_token().expose());
        multiauth.auth().revoke_all();
    }
    assert!(updates.is_empty());
}

#[tokio::test]
async fn the_update_callback_does_not_receive_tokens_that_the_application_set_or_fetched() {
    let multiauth = Multiauth::start();
    let (credentials, mut updates) = credentials_with_callback();
    let client = builder(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    let fetched = client.oauth_ccg_manager().unwrap().fetch_token().await.unwrap();
    let authorized = client
        .with_configuration(|builder| builder.oauth_ccg_token(fetched))
        .unwrap();
    Operation::GetStatus.call(&authorized).await.unwrap();
    assert!(updates.is_empty());
    // The client renews the token, and the callback receives the new one.
    multiauth.auth().revoke_all();
    Operation::GetStatus.call(&authorized).await.unwrap();
    let current = authorized.oauth_ccg_manager().unwrap().token().await.unwrap();
    assert_eq!(
        updates.recv().await.unwrap().access_token().expose(),
        current.access_token().expose()
    );
}

#[tokio::test]
async fn the_update_callback_receives_the_token_of_a_sign_in() {
    let multiauth = Multiauth::start();
    let (sender, mut updates) = unbounded_channel();
    let credentials = acg().on_token_update(move |token| sender.send(token).unwrap());
    let client = builder(&multiauth).oauth_acg_credentials(credentials).build().unwrap();
    let token = sign_in(&multiauth, &client).await;
    assert_eq!(
        updates.recv().await.unwrap().access_token().expose(),
        token.access_token().expose()
    );
}

#[tokio::test]
async fn a_panic_in_the_callback_does_not_affect_calls() {
    let multiauth = Multiauth::start();
    let credentials = ccg().on_token_update(|_| panic!("the database is full"));
    let client = builder(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    Operation::GetStatus.call(&client).await.unwrap();
    multiauth.auth().revoke_all();
    Operation::GetStatus.call(&client).await.unwrap();
}

/// Configures the token provider and update callback of the documentation, with `store` as the database.
fn with_store<G: Grant>(
    clock: &ManualClock,
    store: &Arc<Mutex<Option<Token>>>,
) -> impl Fn(TokenManagerBuilder<G>) -> TokenManagerBuilder<G> + Send + Sync + 'static {
    let (clock, store) = (clock.clone(), Arc::clone(store));
    move |tokens| {
        let (saved, loaded) = (Arc::clone(&store), Arc::clone(&store));
        tokens
            .runtime(clock.clone())
            .on_token_update(move |token| *saved.lock().unwrap() = Some(token))
            .token_provider(move |last: Option<Token>, endpoint: TokenEndpoint| {
                let stored = loaded.lock().unwrap().clone();
                async move { endpoint.use_or_renew(stored, last).await }
            })
    }
}

#[tokio::test]
async fn the_documented_provider_renews_every_grant_with_refresh_token_rotation() {
    const LINE: &str = "endpoint.use_or_renew(load_token_from_database().await, last).await";
    for (scheme, page) in [
        (Scheme::Ccg, include_str!("../../doc/auth/oauth-ccg.md")),
        (Scheme::Acg, include_str!("../../doc/auth/oauth-acg.md")),
        (Scheme::Ropcg, include_str!("../../doc/auth/oauth-ropcg.md")),
    ] {
        assert!(page.contains(LINE) && page.contains(".on_token_update(|token| save_token(&token))"));
        let (clock, store) = (ManualClock::new(), Arc::new(Mutex::new(None::<Token>)));
        let multiauth = Multiauth::start_with_clock(&clock);
        let builder = builder(&multiauth);
        let client = match scheme {
            Scheme::Ccg => builder.oauth_ccg_credentials(ccg().configure(with_store(&clock, &store))),
            Scheme::Acg => builder.oauth_acg_credentials(acg().configure(with_store(&clock, &store))),
            _ => builder.oauth_ropcg_credentials(ropcg().configure(with_store(&clock, &store))),
        };
        let client = client.build().unwrap();
        if scheme == Scheme::Acg {
            sign_in(&multiauth, &client).await;
        }
        let tokens = match scheme {
            Scheme::Ccg => client.oauth_ccg_manager(),
            Scheme::Acg => client.oauth_acg_manager(),
            _ => client.oauth_ropcg_manager(),
        };
        let tokens = tokens.unwrap();
        for round in 1..=4 {
            let token = tokens
                .token()
                .await
                .unwrap_or_else(|error| panic!("{scheme:?}, round {round}: {error}"));
            assert!(multiauth.auth().accepts(token.access_token().expose()), "{scheme:?}");
            assert_eq!(multiauth.auth().token_requests(), round, "{scheme:?}");
            clock.advance(Duration::from_secs(3601));
        }
    }
}

#[tokio::test]
async fn the_provider_is_called_only_when_a_token_is_needed() {
    let multiauth = Multiauth::start();
    let calls = Arc::new(AtomicUsize::new(0));
    let (count, issuer) = (Arc::clone(&calls), multiauth.auth().clone());
    let credentials = ccg().token_provider(move |last: Option<Token>, endpoint: TokenEndpoint| {
        let first = count.fetch_add(1, Ordering::Relaxed) == 0;
        let stored = issuer.issue_token(Multiauth::CCG_CLIENT_ID, &[]);
        async move {
            assert_eq!(last.is_none(), first);
            match first {
                true => Ok(Token::new(stored)),
                false => endpoint.fetch_token().await,
            }
        }
    });
    let client = builder(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    for _ in 0..3 {
        Operation::GetStatus.call(&client).await.unwrap();
    }
    assert_eq!(
        (calls.load(Ordering::Relaxed), multiauth.auth().token_requests()),
        (1, 0)
    );
    multiauth.auth().revoke_all();
    for _ in 0..3 {
        Operation::GetStatus.call(&client).await.unwrap();
    }
    assert_eq!(
        (calls.load(Ordering::Relaxed), multiauth.auth().token_requests()),
        (2, 1)
    );
}

#[tokio::test]
async fn an_error_of_the_provider_reaches_the_caller_and_the_next_call_tries_again() {
    let multiauth = Multiauth::start();
    let calls = AtomicUsize::new(0);
    let credentials = ccg().token_provider(move |_: Option<Token>, endpoint: TokenEndpoint| {
        let first = calls.fetch_add(1, Ordering::Relaxed) == 0;
        async move {
            match first {
                true => Err(evergrant::Error::provider("the database is unavailable")),
                false => endpoint.fetch_token().await,
            }
        }
    });
    let client = builder(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    let error = authorization_error(Operation::GetStatus.call(&client).await.unwrap_err().error);
    assert!(error.to_string().contains("the database is unavailable"), "{error}");
    assert!(matches!(error, evergrant::Error::Callback(_)));
    assert!(multiauth.api_requests().is_empty());
    Operation::GetStatus.call(&client).await.unwrap();
}

#[tokio::test]
async fn a_provider_that_uses_its_own_client_gets_an_error_instead_of_a_deadlock() {
    let multiauth = Multiauth::start();
    let own_client = Arc::new(std::sync::OnceLock::<multiauth::Client>::new());
    let captured = Arc::clone(&own_client);
    let credentials = ccg().token_provider(move |_: Option<Token>, _: TokenEndpoint| {
        let client = captured.get().unwrap().clone();
        async move {
            client.oauth_authorization().get_status().send().await?;
            Ok(Token::new("not-a-real-token"))
        }
    });
    let client = builder(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    own_client.set(client.clone()).unwrap();
    let error = authorization_error(Operation::GetStatus.call(&client).await.unwrap_err().error);
    assert!(matches!(error, evergrant::Error::ProviderCycle(_)), "{error}");
}
