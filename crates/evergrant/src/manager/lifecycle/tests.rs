//! How often a call reads the slot of the current token, and when it starts a renewal.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;

use crate::error::{TransportError, TransportErrorKind};
use crate::{ClientCredentials, Generation, Token, TokenManager, Transport};

/// A server that responds to each request with a token.
#[derive(Debug)]
struct Server;

impl Transport for Server {
    async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let body = r#"{"access_token":"not-a-real-token","token_type":"Bearer","expires_in":3600}"#;
        let response = http::Response::builder().header("content-type", "application/json");
        response
            .body(Bytes::from(body))
            .map_err(|error| TransportError::new(TransportErrorKind::Other, error))
    }
}

/// Returns how often a call reads the slot until it waits or is served.
fn reads_of<T>(manager: &TokenManager, call: impl Future<Output = T>) -> usize {
    manager.lifecycle.slot.take_reads();
    let mut call = pin!(call);
    let _ = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    manager.lifecycle.slot.take_reads()
}

#[tokio::test]
async fn a_call_reads_the_slot_once_and_a_miss_once_more_under_the_lock() {
    let builder = ClientCredentials::builder("client", "not-a-real-secret").token_url("https://auth.example.com/token");
    let manager = builder.build(Server).unwrap();
    let mut headers = HeaderMap::new();
    assert_eq!(
        reads_of(&manager, manager.authorize(&mut headers)),
        2,
        "the call starts a flight"
    );
    assert_eq!(reads_of(&manager, manager.token()), 2, "the call joins it");
    assert_eq!(reads_of(&manager, async { manager.authorize_now(&mut headers) }), 1);
    manager.token().await.unwrap();
    assert_eq!(
        reads_of(&manager, manager.authorize(&mut headers)),
        1,
        "the call is served"
    );
    assert_eq!(reads_of(&manager, manager.token()), 1);
}

/// A server without a response.
#[derive(Debug)]
struct Hanging;

impl Transport for Hanging {
    async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        std::future::pending().await
    }
}

/// Returns a manager whose token is due for renewal.
fn manager_with_due_token() -> TokenManager {
    let builder = || {
        let builder = ClientCredentials::builder("client", "not-a-real-secret");
        builder.token_url("https://auth.example.com/token")
    };
    let now = builder().build(Hanging).unwrap().lifecycle.runtime.now();
    let token = Token::new("not-a-real-token")
        .with_expires_in(Duration::from_secs(100))
        .with_requested_at(now.minus(Duration::from_secs(80)));
    builder().token(token).build(Hanging).unwrap()
}

#[tokio::test]
async fn a_renewal_in_progress_costs_later_calls_nothing() {
    let manager = manager_with_due_token();
    let mut headers = HeaderMap::new();
    let mut reads = || reads_of(&manager, async { manager.authorize_now(&mut headers) });
    assert_eq!(reads(), 2, "the call starts a renewal");
    assert_eq!(reads(), 1);
    assert_eq!(reads(), 1);
}

#[tokio::test]
async fn a_second_renewal_does_not_start_while_one_is_in_progress() {
    let manager = manager_with_due_token();
    let lifecycle = &manager.lifecycle;
    let entry = lifecycle.slot.get().unwrap();
    for _ in 0..2 {
        lifecycle.renew(&entry, lifecycle.runtime.now());
        assert_eq!(lifecycle.lock().task_count, 1);
    }
}

#[tokio::test]
async fn only_a_token_after_this_one_is_newer() {
    let manager = manager_with_due_token();
    for (generation, has_newer) in [(0, true), (1, false), (2, false)] {
        assert_eq!(manager.lifecycle.has_newer(Generation(generation)), has_newer);
    }
}
