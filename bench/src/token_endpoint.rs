//! The token endpoint for all subjects: it runs on its own thread, returns scripted responses and counts requests.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use tokio::sync::oneshot;
use url::Url;

/// The endpoint's response to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerResponse {
    /// 200 with a new token.
    Token { lifetime: Duration },
    /// This status with an empty body.
    Failure(StatusCode),
    /// 429 with `Retry-After`.
    Throttle { retry_after: Duration },
    /// No response.
    Hang,
}

/// A running token endpoint. Stops when dropped.
#[derive(Debug)]
pub struct TokenServer {
    url: Url,
    state: Arc<EndpointState>,
    _stop: oneshot::Sender<()>,
}

#[derive(Debug)]
struct EndpointState {
    response: Mutex<(Duration, ServerResponse)>,
    requests: AtomicU64,
    tokens: AtomicU64,
}

/// Longer than any subject waits and than a run takes.
const HANG_DURATION: Duration = Duration::from_secs(3600);

impl TokenServer {
    /// Starts the endpoint on a free loopback port. It sends `response` after `latency`.
    pub fn start(latency: Duration, response: ServerResponse) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot listen on a loopback port")?;
        listener.set_nonblocking(true)?;
        let url = Url::parse(&format!("http://{}/token", listener.local_addr()?))?;
        let state = Arc::new(EndpointState {
            response: Mutex::new((latency, response)),
            requests: AtomicU64::new(0),
            tokens: AtomicU64::new(0),
        });
        let app = axum::Router::new()
            .route("/token", post(handle_request))
            .with_state(Arc::clone(&state));
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new().name("token-server".to_owned()).spawn(move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                tokio::select! {
                    served = axum::serve(listener, app) => served,
                    _ = stopped => Ok(()),
                }
            })
        })?;
        Ok(Self {
            url,
            state,
            _stop: stop,
        })
    }

    /// The URL of the token endpoint.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Sets the latency and the response of all later requests.
    pub fn set_response(&self, latency: Duration, response: ServerResponse) {
        *self.state.response.lock().unwrap_or_else(PoisonError::into_inner) = (latency, response);
    }

    /// Returns the number of requests received, with any response.
    pub fn requests(&self) -> u64 {
        self.state.requests.load(Ordering::SeqCst)
    }
}

/// Returns the token with this number. All have the same length.
pub(crate) fn token(number: u64) -> String {
    format!("not-a-real-token-{number:012}-{}", "x".repeat(200))
}

async fn handle_request(State(state): State<Arc<EndpointState>>) -> Response {
    state.requests.fetch_add(1, Ordering::SeqCst);
    let (latency, response) = *state.response.lock().unwrap_or_else(PoisonError::into_inner);
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    match response {
        ServerResponse::Token { lifetime } => {
            let number = state.tokens.fetch_add(1, Ordering::SeqCst);
            Json(json!({
                "access_token": token(number),
                "token_type": "Bearer",
                "expires_in": lifetime.as_secs(),
            }))
            .into_response()
        }
        ServerResponse::Failure(status) => status.into_response(),
        ServerResponse::Throttle { retry_after } => {
            let mut response = StatusCode::TOO_MANY_REQUESTS.into_response();
            let seconds = HeaderValue::from(retry_after.as_secs());
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
            response
        }
        ServerResponse::Hang => {
            tokio::time::sleep(HANG_DURATION).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
    }
}
