//! The retry layer of tower above the authorization layer, during outages on real sockets.

use std::time::Duration;

use bytes::Bytes;
use evergrant::CallRetry;
use evergrant_testing::{Fault, MockResponse};
use evergrant_tower::{Error, ResponseBody, RetryPolicy};
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tower::retry::RetryLayer;
use tower::{ServiceBuilder, ServiceExt as _};

use crate::fixture::Fixture;

async fn call(
    fixture: &Fixture,
    retry: CallRetry,
    method: Method,
    body: &'static str,
) -> Result<Response<ResponseBody<Incoming>>, Error> {
    let service = ServiceBuilder::new()
        .layer(RetryLayer::new(RetryPolicy::new(retry)))
        .layer(fixture.layer().build().expect("a layer"))
        .service(Client::builder(TokioExecutor::new()).build_http());
    let request = Request::builder().method(method).uri(fixture.api.url("/echo"));
    service
        .oneshot(request.body(Full::<Bytes>::from(body)).expect("a request"))
        .await
}

fn quick(retries: u32) -> CallRetry {
    CallRetry::new(retries).first_pause(Duration::from_millis(1))
}

#[tokio::test]
async fn a_call_outlasts_a_short_outage_of_the_authorization_server() {
    let fixture = Fixture::new();
    fixture.auth.next(Fault::Disconnect);
    fixture.auth.next(MockResponse::new(503).header("retry-after", "1"));
    let response = call(&fixture, CallRetry::default(), Method::POST, "order")
        .await
        .unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "order");
    assert_eq!((fixture.api.requests().len(), fixture.auth.token_requests()), (1, 3));
}

#[tokio::test]
async fn a_request_that_was_sent_is_repeated_only_if_it_is_idempotent() {
    let fixture = Fixture::new();
    for (method, requests) in [(Method::PUT, 2), (Method::POST, 1)] {
        for fault in [MockResponse::new(503).into(), Fault::Reset] {
            let before = fixture.api.requests().len();
            fixture.api.next(fault);
            let _ = call(&fixture, quick(2), method.clone(), "x").await;
            assert_eq!(fixture.api.requests().len() - before, requests, "{method}");
        }
    }
}

#[tokio::test]
async fn retries_have_a_limit() {
    let fixture = Fixture::new();
    fixture.api.always(MockResponse::new(503));
    let response = call(&fixture, quick(3), Method::PUT, "x").await.unwrap();
    assert_eq!((response.status().as_u16(), fixture.api.requests().len()), (503, 4));
    let response = call(&fixture, quick(3).total(Duration::ZERO), Method::PUT, "x")
        .await
        .unwrap();
    assert_eq!((response.status().as_u16(), fixture.api.requests().len()), (503, 5));
    fixture
        .auth
        .always(MockResponse::new(401).body(r#"{"error":"invalid_client"}"#));
    fixture.tokens.reject(fixture.tokens.status().generation);
    let error = call(&fixture, quick(3), Method::PUT, "x").await.unwrap_err();
    assert!(!error.is_retryable(), "{error}");
    assert_eq!(fixture.auth.token_requests(), 2);
}
