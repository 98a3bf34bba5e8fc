//! The transport: no redirects, and errors that say what happened.

use evergrant::error::TransportErrorKind;
use evergrant::{ClientCredentials, Error};
use evergrant_reqwest::Transport;
use evergrant_testing::{Answer, ApiServer, AuthServer, Fault};

const SECRET: &str = "not-a-real-secret";

async fn error(auth: &AuthServer, transport: Transport) -> Error {
    let builder = ClientCredentials::new("shop", SECRET)
        .token_url(auth.token_url())
        .retries(0);
    builder
        .build(transport)
        .expect("a manager")
        .token()
        .await
        .expect_err("no token")
}

fn server() -> AuthServer {
    AuthServer::builder().client("shop", SECRET).start()
}

#[tokio::test]
async fn a_token_request_follows_no_redirect() {
    let elsewhere = ApiServer::open();
    for status in [301, 302, 303, 307, 308] {
        let auth = server();
        auth.next(Answer::new(status).header("location", &elsewhere.url("/token?session=not-a-real-session")));
        let policy = reqwest::redirect::Policy::limited(10);
        let transport = Transport::from_builder(reqwest::Client::builder().redirect(policy)).expect("a transport");
        let error = error(&auth, transport).await;
        assert!(matches!(&error, Error::OAuthProvider(error) if error.status().as_u16() == status));
        assert!(
            error.to_string().contains("use the final URL") && !error.to_string().contains("not-a-real"),
            "{error}"
        );
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_supplied_client_that_follows_a_redirect_is_found_out() {
    let elsewhere = ApiServer::open();
    let auth = server();
    auth.next(Answer::new(302).header("location", &elsewhere.url("/token")));
    let error = error(&auth, Transport::danger_from_client(reqwest::Client::new())).await;
    assert!(error.to_string().contains("Policy::none()"), "{error}");
}

#[tokio::test]
async fn failures_have_their_kind() {
    for (fault, kind) in [
        (Fault::Disconnect, TransportErrorKind::Interrupted),
        (Fault::Truncated, TransportErrorKind::Interrupted),
        (Fault::Oversized, TransportErrorKind::TooLarge),
    ] {
        let auth = server();
        auth.next(fault);
        let error = error(&auth, Transport::default()).await;
        assert!(
            matches!(&error, Error::Unreachable(error) if error.kind() == kind),
            "{error}"
        );
    }
    let auth = server();
    auth.stop();
    let error = error(&auth, Transport::default()).await;
    assert!(
        matches!(&error, Error::Unreachable(error) if error.kind() == TransportErrorKind::Connect),
        "{error}"
    );
}

#[tokio::test]
async fn a_clients_own_settings_are_used() {
    let auth = server();
    let transport = Transport::from_builder(reqwest::Client::builder().https_only(true)).expect("a transport");
    assert!(matches!(error(&auth, transport).await, Error::Unreachable(_)));
}
