//! Expiry of tokens, with a manual clock.

use std::time::Duration;

use emulations::Multiauth;
use evergrant_sdk::evergrant;
use evergrant_testing::{ManualClock, MockResponse};
use multiauth::{Client, Error, OAuthCcgCredentials};

use crate::common::{authorization_error, builder};
use crate::schemes::{Operation, ccg};

const MINUTE: Duration = Duration::from_secs(60);

/// Returns a client and its clock. The tokens of the emulation are valid for an hour.
fn client(multiauth: &Multiauth, credentials: OAuthCcgCredentials) -> (Client, ManualClock) {
    let clock = ManualClock::new();
    let runtime = clock.clone();
    let credentials = credentials.configure(move |tokens| tokens.runtime(runtime.clone()));
    let client = builder(multiauth).oauth_ccg_credentials(credentials).build().unwrap();
    (client, clock)
}

async fn assert_passes(client: &Client) {
    assert_eq!(Operation::GetStatus.call(client).await.unwrap(), "passed");
}

#[tokio::test]
async fn an_expired_token_is_replaced_before_the_call() {
    let multiauth = Multiauth::start();
    let (client, clock) = client(&multiauth, ccg());
    assert_passes(&client).await;
    clock.advance(30 * MINUTE);
    assert_passes(&client).await;
    assert_eq!(multiauth.auth().token_requests(), 1);
    clock.advance(30 * MINUTE);
    assert_passes(&client).await;
    assert_eq!(multiauth.auth().token_requests(), 2);
    let sent = multiauth.api_requests();
    assert_ne!(sent[1].header("authorization"), sent[2].header("authorization"));
    assert_eq!(sent.len(), 3, "the API has rejected no call");
}

#[tokio::test]
async fn an_old_token_is_renewed_in_the_background() {
    let multiauth = Multiauth::start();
    let (client, clock) = client(&multiauth, ccg());
    assert_passes(&client).await;
    clock.advance(55 * MINUTE);
    let hold = multiauth.auth().hold();
    assert_passes(&client).await;
    multiauth.auth().wait_for_token_requests(2).await;
    assert_passes(&client).await;
    hold.release();
}

#[tokio::test]
async fn a_token_is_replaced_earlier_by_the_clock_skew() {
    let multiauth = Multiauth::start();
    let (client, clock) = client(&multiauth, ccg().clock_skew(20 * MINUTE));
    assert_passes(&client).await;
    clock.advance(41 * MINUTE);
    let hold = multiauth.auth().hold();
    let call = tokio::spawn(async move { Operation::GetStatus.call(&client).await });
    multiauth.auth().wait_for_token_requests(2).await;
    assert_eq!(multiauth.api_requests().len(), 1, "the call waits for a new token");
    hold.release();
    call.await.unwrap().unwrap();
}

#[tokio::test]
async fn in_manual_mode_an_expired_token_is_an_error() {
    let multiauth = Multiauth::start();
    let (client, clock) = client(&multiauth, ccg().manual());
    let token = client.oauth_ccg_manager().unwrap().fetch_token().await.unwrap();
    let authorized = client
        .with_configuration(|builder| builder.oauth_ccg_token(token))
        .unwrap();
    assert_passes(&authorized).await;
    clock.advance(60 * MINUTE);
    let error = authorization_error(Operation::GetStatus.call(&authorized).await.unwrap_err().error);
    assert!(matches!(error, evergrant::Error::TokenExpired(_)), "{error}");
    assert_eq!(
        (multiauth.auth().token_requests(), multiauth.api_requests().len()),
        (1, 1)
    );
}

#[tokio::test]
async fn the_retry_after_of_the_authorization_server_is_honoured() {
    let multiauth = Multiauth::start();
    let (client, clock) = client(&multiauth, ccg());
    multiauth
        .auth()
        .next(MockResponse::new(429).header("retry-after", "30"));
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
    assert_passes(&client).await;
    assert_eq!(multiauth.auth().token_requests(), 2);
}
