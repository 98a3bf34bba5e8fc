//! A token manager with a scripted transport and a clock that stands still.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use evergrant::error::TransportError;
use evergrant::{ClientCredentials, TokenManagerBuilder, Transport};
use evergrant_testing::ManualClock;
use http::{HeaderMap, Request, Response, StatusCode};
use tokio::runtime;

pub(crate) const CLIENT_ID: &str = "client-id";
pub(crate) const TOKEN_URL: &str = "https://auth.example.com/oauth2/token";
pub(crate) const TOKEN: &str = r#"{"access_token":"not-a-real-token","token_type":"Bearer","expires_in":3600}"#;

/// Runs a future on a new runtime, which drops remaining tasks at the end.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime without drivers").block_on(future)
}

/// A transport that returns the same response to every request and records the request bodies.
#[derive(Debug, Clone)]
pub(crate) struct ScriptedTransport {
    response: Arc<Mutex<Response<Bytes>>>,
    bodies: Arc<Mutex<Vec<Bytes>>>,
}

impl ScriptedTransport {
    pub(crate) fn new(status: StatusCode, headers: HeaderMap, body: impl Into<Bytes>) -> Self {
        Self {
            response: Arc::new(Mutex::new(response(status, headers, body))),
            bodies: Arc::default(),
        }
    }

    /// Creates a transport that returns tokens.
    pub(crate) fn healthy() -> Self {
        Self::new(StatusCode::OK, HeaderMap::new(), TOKEN)
    }

    /// Returns tokens from now on.
    pub(crate) fn recover(&self) {
        *lock(&self.response) = response(StatusCode::OK, HeaderMap::new(), TOKEN);
    }

    /// Returns the bodies of the requests so far.
    pub(crate) fn bodies(&self) -> Vec<Bytes> {
        lock(&self.bodies).clone()
    }

    /// Returns the number of requests so far.
    pub(crate) fn requests(&self) -> usize {
        lock(&self.bodies).len()
    }
}

impl Transport for ScriptedTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        lock(&self.bodies).push(request.into_body());
        Ok(lock(&self.response).clone())
    }
}

/// Creates a client without retries.
pub(crate) fn client(secret: &str, clock: &ManualClock) -> TokenManagerBuilder {
    ClientCredentials::builder(CLIENT_ID, secret)
        .token_url(TOKEN_URL)
        .scopes(["books.read"])
        .retries(0)
        .runtime(clock.clone())
}

/// Runs `future` to completion while time advances.
///
/// # Panics
/// If it is not complete after `limit` steps of 100 ms.
pub(crate) async fn within<T: Send + 'static>(
    clock: &ManualClock,
    limit: u32,
    future: impl Future<Output = T> + Send + 'static,
) -> T {
    let task = tokio::spawn(future);
    for _ in 0..limit {
        clock.settle().await;
        if task.is_finished() {
            break;
        }
        clock.advance(std::time::Duration::from_millis(100));
    }
    assert!(task.is_finished(), "still waiting after {limit} steps of 100 ms");
    match task.await {
        Ok(output) => output,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

fn response(status: StatusCode, headers: HeaderMap, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
