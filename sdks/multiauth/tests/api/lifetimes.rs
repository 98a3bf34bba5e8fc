//! Tokens that grow old, on a clock that the tests move.

use std::time::Duration;

use emulations::Multiauth;
use evergrant_sdk::evergrant;
use evergrant_testing::{Answer, ManualClock};
use multiauth::{Client, Error, OAuthCcgCredentials};

use crate::common::{authorization, bare};
use crate::schemes::{Operation, ccg};

const MINUTE: Duration = Duration::from_secs(60);

/// A client whose time is the clock's. The emulation's tokens live for an hour.
fn client(multiauth: &Multiauth, credentials: OAuthCcgCredentials) -> (Client, ManualClock) {
    let clock = ManualClock::new();
    let runtime = clock.clone();
    let credentials = credentials.configure(move |tokens| tokens.runtime(runtime.clone()));
    let client = bare(multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    (client, clock)
}

async fn passes(client: &Client) {
    assert_eq!(Operation::GetStatus.call(client).await.unwrap(), "passed");
}

#[tokio::test]
async fn an_expired_token_is_replaced_before_the_call() {
    let multiauth = Multiauth::start();
    let (client, clock) = client(&multiauth, ccg());
    passes(&client).await;
    clock.advance(30 * MINUTE);
    passes(&client).await;
    assert_eq!(multiauth.auth().token_requests(), 1);
    clock.advance(30 * MINUTE);
    passes(&client).await;
    assert_eq!(multiauth.auth().token_requests(), 2);
    let sent = multiauth.api_requests();
    assert_ne!(sent[1].header("authorization"), sent[2].header("authorization"));
    assert_eq!(sent.len(), 3, "the API has refused nothing");
}

#[tokio::test]
async fn an_old_token_is_renewed_while_calls_go_on() {
    let multiauth = Multiauth::start();
    let (client, clock) = client(&multiauth, ccg());
    passes(&client).await;
    clock.advance(55 * MINUTE);
    let hold = multiauth.auth().hold();
    passes(&client).await;
    multiauth.auth().wait_for_token_requests(2).await;
    passes(&client).await;
    hold.release();
}

#[tokio::test]
async fn the_clock_skew_ends_a_tokens_use_earlier() {
    let multiauth = Multiauth::start();
    let (client, clock) = client(&multiauth, ccg().clock_skew(20 * MINUTE));
    passes(&client).await;
    clock.advance(41 * MINUTE);
    let hold = multiauth.auth().hold();
    let call = tokio::spawn(async move { Operation::GetStatus.call(&client).await });
    multiauth.auth().wait_for_token_requests(2).await;
    assert_eq!(multiauth.api_requests().len(), 1, "the call waits for another token");
    hold.release();
    call.await.unwrap().unwrap();
}

#[tokio::test]
async fn in_manual_style_an_expired_token_is_told_of() {
    let multiauth = Multiauth::start();
    let (client, clock) = client(&multiauth, ccg().manual());
    let token = client.oauth_ccg_manager().unwrap().fetch_token().await.unwrap();
    let authorized = client
        .with_configuration(|builder| builder.oauth_ccg_token(token))
        .unwrap();
    passes(&authorized).await;
    clock.advance(60 * MINUTE);
    let error = authorization(Operation::GetStatus.call(&authorized).await.unwrap_err().error);
    assert!(matches!(error, evergrant::Error::TokenExpired(_)), "{error}");
    assert_eq!(
        (multiauth.auth().token_requests(), multiauth.api_requests().len()),
        (1, 1)
    );
}

#[tokio::test]
async fn a_server_that_asks_to_wait_is_left_alone_for_that_long() {
    let multiauth = Multiauth::start();
    let (client, clock) = client(&multiauth, ccg());
    multiauth.auth().next(Answer::new(429).header("retry-after", "30"));
    for _ in 0..3 {
        let error = Operation::GetStatus.call(&client).await.unwrap_err().error;
        assert!(matches!(error, Error::OAuthProvider(_)), "{error}");
        assert!(error.is_retryable());
        assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
    }
    assert_eq!(
        (multiauth.auth().token_requests(), multiauth.api_requests().len()),
        (1, 0)
    );
    clock.advance(MINUTE);
    passes(&client).await;
    assert_eq!(multiauth.auth().token_requests(), 2);
}
