//! The token endpoint that every subject asks: on a thread of its own, scripted, and counting.

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

/// What the endpoint does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// 200 with a new token.
    Token { lifetime: Duration },
    /// This status, and nothing else.
    Failure(StatusCode),
    /// 429 with `Retry-After`.
    Throttle { retry_after: Duration },
    /// No answer at all, for longer than anybody waits.
    Hang,
}

/// A running endpoint; stops when dropped.
#[derive(Debug)]
pub struct TokenServer {
    url: Url,
    script: Arc<Script>,
    _stop: oneshot::Sender<()>,
}

#[derive(Debug)]
struct Script {
    answer: Mutex<(Duration, Answer)>,
    requests: AtomicU64,
    tokens: AtomicU64,
}

/// Longer than any subject waits, and than a run lasts.
const FOREVER: Duration = Duration::from_secs(3600);

impl TokenServer {
    /// Starts on a free port of loopback; answers after `latency`.
    pub fn start(latency: Duration, answer: Answer) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port to listen on")?;
        listener.set_nonblocking(true)?;
        let url = Url::parse(&format!("http://{}/token", listener.local_addr()?))?;
        let script = Arc::new(Script {
            answer: Mutex::new((latency, answer)),
            requests: AtomicU64::new(0),
            tokens: AtomicU64::new(0),
        });
        let app = axum::Router::new()
            .route("/token", post(respond))
            .with_state(Arc::clone(&script));
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
            script,
            _stop: stop,
        })
    }

    /// Where it listens.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Answers so from now on.
    pub fn set(&self, latency: Duration, answer: Answer) {
        *self.script.answer.lock().unwrap_or_else(PoisonError::into_inner) = (latency, answer);
    }

    /// How many requests came in, whatever they were answered.
    pub fn requests(&self) -> u64 {
        self.script.requests.load(Ordering::SeqCst)
    }
}

async fn respond(State(script): State<Arc<Script>>) -> Response {
    script.requests.fetch_add(1, Ordering::SeqCst);
    let (latency, answer) = *script.answer.lock().unwrap_or_else(PoisonError::into_inner);
    tokio::time::sleep(latency).await;
    match answer {
        Answer::Token { lifetime } => {
            let token = script.tokens.fetch_add(1, Ordering::SeqCst);
            Json(json!({
                "access_token": format!("not-a-real-token-{token:012}-{}", "x".repeat(200)),
                "token_type": "Bearer",
                "expires_in": lifetime.as_secs(),
            }))
            .into_response()
        }
        Answer::Failure(status) => status.into_response(),
        Answer::Throttle { retry_after } => {
            let mut response = StatusCode::TOO_MANY_REQUESTS.into_response();
            let seconds = HeaderValue::from(retry_after.as_secs());
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
            response
        }
        Answer::Hang => {
            tokio::time::sleep(FOREVER).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
    }
}
