//! The application's own part in a token's life: being told of each, and giving them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use emulations::Multiauth;
use evergrant_sdk::{Exchange, TokenManagerBuilder, evergrant};
use evergrant_testing::ManualClock;
use multiauth::{OAuthCcgCredentials, Token};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::common::{authorization, bare, sign_in};
use crate::schemes::{Operation, Scheme, acg, ccg, ropcg};

/// Credentials that tell of each new token, and what they tell.
fn telling() -> (OAuthCcgCredentials, UnboundedReceiver<Token>) {
    let (told, tokens) = unbounded_channel();
    let credentials = ccg().on_token_update(move |token| told.send(token).unwrap());
    (credentials, tokens)
}

#[tokio::test]
async fn each_new_token_is_told_of_once_and_in_order() {
    let multiauth = Multiauth::start();
    let (credentials, mut told) = telling();
    let client = bare(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    for _ in 0..2 {
        for _ in 0..3 {
            Operation::GetStatus.call(&client).await.unwrap();
        }
        let current = client.oauth_ccg_manager().unwrap().token().await.unwrap();
        let told = told.recv().await.unwrap();
        assert_eq!(told.access_token().expose(), current.access_token().expose());
        multiauth.auth().revoke_all();
    }
    assert!(told.is_empty());
}

#[tokio::test]
async fn a_token_that_was_given_or_fetched_by_hand_is_not_told_of() {
    let multiauth = Multiauth::start();
    let (credentials, mut told) = telling();
    let client = bare(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    let fetched = client.oauth_ccg_manager().unwrap().fetch_token().await.unwrap();
    let authorized = client
        .with_configuration(|builder| builder.oauth_ccg_token(fetched))
        .unwrap();
    Operation::GetStatus.call(&authorized).await.unwrap();
    assert!(told.is_empty());
    // From there on it is looked after, and its successor is told of.
    multiauth.auth().revoke_all();
    Operation::GetStatus.call(&authorized).await.unwrap();
    let current = authorized.oauth_ccg_manager().unwrap().token().await.unwrap();
    assert_eq!(
        told.recv().await.unwrap().access_token().expose(),
        current.access_token().expose()
    );
}

#[tokio::test]
async fn a_user_who_signs_in_is_told_of() {
    let multiauth = Multiauth::start();
    let (sender, mut told) = unbounded_channel();
    let credentials = acg().on_token_update(move |token| sender.send(token).unwrap());
    let client = bare(&multiauth).oauth_acg_credentials(credentials).build().unwrap();
    let token = sign_in(&multiauth, &client).await;
    assert_eq!(
        told.recv().await.unwrap().access_token().expose(),
        token.access_token().expose()
    );
}

#[tokio::test]
async fn a_callback_that_panics_harms_no_call() {
    let multiauth = Multiauth::start();
    let credentials = ccg().on_token_update(|_| panic!("the database is full"));
    let client = bare(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    Operation::GetStatus.call(&client).await.unwrap();
    multiauth.auth().revoke_all();
    Operation::GetStatus.call(&client).await.unwrap();
}

/// The provider of the pages, with a store that the update callback fills.
#[tokio::test]
async fn the_provider_of_the_pages_keeps_every_grant_going_while_refresh_tokens_are_replaced() {
    const LINE: &str = "exchange.use_or_renew(load_token_from_database().await, last).await";
    for (scheme, page) in [
        (Scheme::Ccg, include_str!("../../doc/auth/oauth-ccg.md")),
        (Scheme::Acg, include_str!("../../doc/auth/oauth-acg.md")),
        (Scheme::Ropcg, include_str!("../../doc/auth/oauth-ropcg.md")),
    ] {
        assert!(page.contains(LINE) && page.contains(".on_token_update(|token| save_token(&token))"));
        let (clock, store) = (ManualClock::new(), Arc::new(Mutex::new(None::<Token>)));
        let multiauth = Multiauth::start_by(&clock);
        let (saved, loaded) = (Arc::clone(&store), Arc::clone(&store));
        let settings = {
            let clock = clock.clone();
            move |tokens: TokenManagerBuilder| {
                let (saved, loaded) = (Arc::clone(&saved), Arc::clone(&loaded));
                tokens
                    .runtime(clock.clone())
                    .on_token_update(move |token| *saved.lock().unwrap() = Some(token))
                    .token_provider(move |last: Option<Token>, exchange: Exchange| {
                        let stored = loaded.lock().unwrap().clone();
                        async move { exchange.use_or_renew(stored, last).await }
                    })
            }
        };
        let builder = bare(&multiauth);
        let client = match scheme {
            Scheme::Ccg => builder.oauth_ccg_credentials(ccg().configure(settings)),
            Scheme::Acg => builder.oauth_acg_credentials(acg().configure(settings)),
            _ => builder.oauth_ropcg_credentials(ropcg().configure(settings)),
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
async fn a_provider_is_asked_only_for_what_is_missing_and_may_ask_the_server() {
    let multiauth = Multiauth::start();
    let asked = Arc::new(AtomicUsize::new(0));
    let (count, issuer) = (Arc::clone(&asked), multiauth.auth().clone());
    let credentials = ccg().token_provider(move |last: Option<Token>, exchange: Exchange| {
        let first = count.fetch_add(1, Ordering::Relaxed) == 0;
        let stored = issuer.issue_token(Multiauth::CCG_CLIENT_ID, &[]);
        async move {
            assert_eq!(last.is_none(), first);
            match first {
                true => Ok(Token::new(stored)),
                false => exchange.fetch_token().await,
            }
        }
    });
    let client = bare(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    for _ in 0..3 {
        Operation::GetStatus.call(&client).await.unwrap();
    }
    assert_eq!(
        (asked.load(Ordering::Relaxed), multiauth.auth().token_requests()),
        (1, 0)
    );
    multiauth.auth().revoke_all();
    for _ in 0..3 {
        Operation::GetStatus.call(&client).await.unwrap();
    }
    assert_eq!(
        (asked.load(Ordering::Relaxed), multiauth.auth().token_requests()),
        (2, 1)
    );
}

#[tokio::test]
async fn a_providers_failure_reaches_the_caller_and_the_next_call_asks_again() {
    let multiauth = Multiauth::start();
    let asked = AtomicUsize::new(0);
    let credentials = ccg().token_provider(move |_: Option<Token>, exchange: Exchange| {
        let first = asked.fetch_add(1, Ordering::Relaxed) == 0;
        async move {
            match first {
                true => Err(evergrant::Error::provider("the database is away")),
                false => exchange.fetch_token().await,
            }
        }
    });
    let client = bare(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    let error = authorization(Operation::GetStatus.call(&client).await.unwrap_err().error);
    assert!(error.to_string().contains("the database is away"), "{error}");
    assert!(matches!(error, evergrant::Error::Callback(_)));
    assert!(multiauth.api_requests().is_empty());
    Operation::GetStatus.call(&client).await.unwrap();
}

#[tokio::test]
async fn a_provider_that_calls_through_its_own_client_is_an_error_and_no_deadlock() {
    let multiauth = Multiauth::start();
    let own = Arc::new(std::sync::OnceLock::<multiauth::Client>::new());
    let seen = Arc::clone(&own);
    let credentials = ccg().token_provider(move |_: Option<Token>, _: Exchange| {
        let client = seen.get().unwrap().clone();
        async move {
            client.oauth_authorization().get_status().send().await?;
            Ok(Token::new("not-a-real-token"))
        }
    });
    let client = bare(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    own.set(client.clone()).unwrap();
    let error = authorization(Operation::GetStatus.call(&client).await.unwrap_err().error);
    assert!(matches!(error, evergrant::Error::ProviderCycle(_)), "{error}");
}
