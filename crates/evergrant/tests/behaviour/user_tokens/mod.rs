//! The tokens of an application's users: each replica is one `UserTokens`, and all of them share a store.

mod managers_per_user;
mod renewals;
mod revocation;
mod sign_out;
mod store_failures;

use std::time::Duration;

use evergrant::store::{SharedStore, StoreKey, TokenStore};
use evergrant::{AuthorizationCode, Error, Sharing, Token, TokenManager, TokenManagerBuilder, UserTokens};
use evergrant_reqwest::Transport;
use evergrant_testing::AuthServerBuilder;

use crate::process_fleet::support::{CLIENT, Fixture, SECRET, seconds, value};

const REDIRECT: &str = "http://127.0.0.1:8765/callback";
const JANE: &str = "jane@example.com";

/// A server that issues rotating refresh tokens, and revokes all tokens of a sign-in when it sees one again.
fn fixture() -> Fixture {
    Fixture::with(users)
}

fn users(server: AuthServerBuilder) -> AuthServerBuilder {
    let server = server.user("jane", "not-a-real-password");
    server.redirect_uri(CLIENT, REDIRECT)
}

fn application(fixture: &Fixture) -> TokenManagerBuilder<AuthorizationCode> {
    AuthorizationCode::builder(CLIENT, SECRET)
        .authorization_url(fixture.auth.authorization_url())
        .token_url(fixture.auth.token_url())
        .redirect_uri(REDIRECT)
        .runtime(fixture.clock.clone())
        .retries(0)
}

/// Starts a replica of the application.
fn replica(fixture: &Fixture) -> UserTokens {
    replica_on(fixture, fixture.store.clone())
}

fn replica_on(fixture: &Fixture, store: impl Into<Sharing>) -> UserTokens {
    let application = application(fixture).build(Transport::default()).unwrap();
    UserTokens::builder(application, store).build().unwrap()
}

/// Signs a user in at one replica.
async fn sign_in(fixture: &Fixture, replica: &UserTokens, user_id: &str) -> Result<Token, Error> {
    let sign_in = replica.for_user(user_id).sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = fixture.auth.visit(request.url().as_str());
    sign_in.finish(&request, &redirect).await
}

/// Starts two replicas with a signed-in user, and returns them with the user's managers.
async fn two_replicas(fixture: &Fixture) -> ([UserTokens; 2], [TokenManager; 2]) {
    let replicas = [replica(fixture), replica(fixture)];
    sign_in(fixture, &replicas[0], JANE).await.unwrap();
    let managers = replicas.each_ref().map(|replica| replica.for_user(JANE));
    for manager in &managers {
        manager.token().await.unwrap();
    }
    (replicas, managers)
}

/// Returns the refresh tokens that the server received.
fn sent_refresh_tokens(fixture: &Fixture) -> Vec<String> {
    let requests = fixture.auth.requests();
    let sent = requests
        .iter()
        .filter_map(|request| request.form_value("refresh_token"));
    sent.map(|token| token.to_string()).collect()
}

/// Checks that the server received this many refresh tokens, and none of them twice.
#[track_caller]
fn assert_refreshes(fixture: &Fixture, expected: usize) {
    let sent = sent_refresh_tokens(fixture);
    let mut distinct = sent.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!((sent.len(), distinct.len()), (expected, expected));
}

#[track_caller]
fn assert_signed_out(outcome: Result<Token, Error>) {
    assert!(matches!(outcome, Err(Error::SignInRequired(_))), "{outcome:?}");
}

#[track_caller]
fn assert_store_failed(outcome: Result<Token, Error>) {
    match outcome {
        Err(error @ Error::StoreFailed(_)) => assert!(error.is_retryable(), "{error}"),
        outcome => panic!("{outcome:?}"),
    }
}

/// Advances the clock until the call completes.
async fn complete<T: Send + 'static>(fixture: &Fixture, call: impl Future<Output = T> + Send + 'static) -> T {
    let call = tokio::spawn(call);
    let step = Duration::from_millis(50);
    fixture.advance_until(step, || call.is_finished()).await;
    call.await.unwrap()
}

async fn record(fixture: &Fixture, key: &StoreKey) -> Option<String> {
    let loaded = SharedStore::new(fixture.store.clone()).load(key).await.unwrap();
    loaded.record.map(|record| record.expose().to_owned())
}

async fn has_no_records(store: &impl TokenStore) -> bool {
    store.keys().await.unwrap().is_empty()
}
