//! Retries of `reqwest-retry` above the middleware, during outages on real sockets.

use std::time::Duration;

use evergrant::{CallRetry, ClientCredentials};
use evergrant_reqwest::middleware::{Authorize, Retry};
use evergrant_reqwest::{Error, Transport};
use evergrant_testing::{ApiServer, AuthServer, Fault, MockResponse};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use reqwest_retry::RetryError;

use crate::support::SECRET;

fn servers() -> (AuthServer, ApiServer) {
    let auth = AuthServer::builder().client("shop", SECRET).start();
    let api = auth.api();
    (auth, api)
}

fn client(auth: &AuthServer, origin: &str, retry: Retry) -> ClientWithMiddleware {
    let builder = ClientCredentials::builder("shop", SECRET).token_url(auth.token_url());
    let tokens = builder.build(Transport::default()).unwrap();
    let authorize = Authorize::builder(tokens).allow_origin(origin).follow_redirects();
    let authorize = authorize.build().unwrap();
    let http = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
    ClientBuilder::new(http)
        .with(retry.into_middleware())
        .with(authorize)
        .build()
}

fn quick(retries: u32) -> Retry {
    Retry::new(CallRetry::new(retries).first_pause(Duration::from_millis(1)))
}

#[tokio::test]
async fn a_call_outlasts_a_short_outage_of_the_authorization_server() {
    let (auth, api) = servers();
    let api_client = client(&auth, &api.url(""), Retry::default());
    // Three attempts of the first fetch, and one of the next.
    for _ in 0..4 {
        auth.next(Fault::Disconnect);
    }
    let response = api_client.post(api.url("/echo")).body("order").send().await.unwrap();
    assert_eq!(response.text().await.unwrap(), "order");
    assert_eq!((api.requests().len(), auth.token_requests()), (1, 5));
}

#[tokio::test]
async fn retry_after_of_the_authorization_server_is_honoured() {
    let (auth, api) = servers();
    // The manager caches the failure for a little longer, so the second retry succeeds.
    let api_client = client(&auth, &api.url(""), quick(2));
    auth.next(MockResponse::new(503).header("retry-after", "1"));
    let response = api_client.get(api.url("/books")).send().await.unwrap();
    assert_eq!((response.status().as_u16(), auth.token_requests()), (200, 2));
    // A longer wait than the whole call may take.
    auth.revoke_all();
    auth.next(MockResponse::new(503).header("retry-after", "3600"));
    let error = api_client.get(api.url("/books")).send().await.unwrap_err();
    assert!(matches!(inner(&error), Error::Authorization(_)), "{error}");
    assert_eq!(auth.token_requests(), 3);
}

/// Returns the error below those of `reqwest-retry`.
fn inner(error: &reqwest_middleware::Error) -> &Error {
    let reqwest_middleware::Error::Middleware(error) = error else {
        panic!("{error:?}")
    };
    match error.downcast_ref::<RetryError>() {
        Some(RetryError::WithRetries { err, .. } | RetryError::Error(err)) => inner(err),
        None => error.downcast_ref().unwrap(),
    }
}

#[tokio::test]
async fn a_permanent_failure_is_not_repeated() {
    let (auth, api) = servers();
    let api_client = client(&auth, &api.url(""), quick(5));
    auth.next(MockResponse::new(401).body(r#"{"error":"invalid_client"}"#));
    let error = api_client.get(api.url("/books")).send().await.unwrap_err();
    assert!(!inner(&error).is_retryable(), "{error}");
    assert_eq!(auth.token_requests(), 1);
}

#[tokio::test]
async fn a_request_that_was_sent_is_repeated_only_if_it_is_idempotent() {
    let (auth, api) = servers();
    let (safe, all) = (quick(2), quick(2).idempotent());
    for (retry, method, unavailable, disconnected) in [
        (safe, Method::GET, 2, 1),
        (safe, Method::POST, 1, 1),
        (all, Method::POST, 2, 2),
    ] {
        let api_client = client(&auth, &api.url(""), retry);
        for (fault, requests) in [
            (MockResponse::new(503).into(), unavailable),
            (Fault::Reset, disconnected),
        ] {
            let before = api.requests().len();
            api.next(fault);
            let _ = api_client.request(method.clone(), api.url("/echo")).send().await;
            assert_eq!(api.requests().len() - before, requests, "{method}");
        }
    }
}

#[tokio::test]
async fn a_request_is_repeated_if_no_connection_was_opened() {
    let (auth, _) = servers();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", port.local_addr().unwrap());
    drop(port);
    let error = client(&auth, &origin, quick(2)).post(&origin).send().await.unwrap_err();
    let reqwest_middleware::Error::Middleware(error) = error else {
        panic!("{error:?}")
    };
    let retried = error.downcast_ref().unwrap();
    assert!(matches!(retried, RetryError::WithRetries { retries: 2, .. }), "{error}");
}

#[tokio::test]
async fn a_request_that_was_redirected_and_is_not_idempotent_is_not_sent_again() {
    let (auth, api) = servers();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = format!("http://{}/", port.local_addr().unwrap());
    drop(port);
    for (method, requests) in [(Method::POST, 1), (Method::PUT, 3)] {
        let before = api.requests().len();
        api.next_n(3, MockResponse::new(303).header("location", &elsewhere));
        let api_client = client(&auth, &api.url(""), quick(2));
        api_client.request(method, api.url("/books")).send().await.unwrap_err();
        assert_eq!(api.requests().len() - before, requests);
        api.recover();
    }
}
