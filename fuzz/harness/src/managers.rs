//! A token manager over a scripted transport, on a clock that stands still.

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

/// Runs a body's future on a runtime of its own, which ends with whatever tasks are left.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime without drivers").block_on(future)
}

/// Answers every request alike, and keeps the requests' bodies.
#[derive(Debug, Clone)]
pub(crate) struct Scripted {
    response: Arc<Mutex<Response<Bytes>>>,
    bodies: Arc<Mutex<Vec<Bytes>>>,
}

impl Scripted {
    pub(crate) fn new(status: StatusCode, headers: HeaderMap, body: impl Into<Bytes>) -> Self {
        Self {
            response: Arc::new(Mutex::new(response(status, headers, body))),
            bodies: Arc::default(),
        }
    }

    /// Gives tokens.
    pub(crate) fn healthy() -> Self {
        Self::new(StatusCode::OK, HeaderMap::new(), TOKEN)
    }

    /// Answers otherwise from now on.
    pub(crate) fn recover(&self) {
        *lock(&self.response) = response(StatusCode::OK, HeaderMap::new(), TOKEN);
    }

    /// The bodies of the requests so far.
    pub(crate) fn bodies(&self) -> Vec<Bytes> {
        lock(&self.bodies).clone()
    }

    /// How many requests were sent.
    pub(crate) fn requests(&self) -> usize {
        lock(&self.bodies).len()
    }
}

impl Transport for Scripted {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        lock(&self.bodies).push(request.into_body());
        Ok(lock(&self.response).clone())
    }
}

/// A client without retries.
pub(crate) fn client(secret: &str, clock: &ManualClock) -> TokenManagerBuilder {
    ClientCredentials::new(CLIENT_ID, secret)
        .token_url(TOKEN_URL)
        .scopes(["books.read"])
        .retries(0)
        .runtime(clock.clone())
}

/// What `future` gives, with time passing for as long as it waits.
///
/// # Panics
/// If it is not there after `limit` steps of a tenth of a second.
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
    assert!(task.is_finished(), "still waiting after {limit} tenths of a second");
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
