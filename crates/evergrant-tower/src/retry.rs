//! A policy for tower's retry layer that knows the errors of this crate.

use std::time::Duration;

use evergrant::runtime::{BoxFuture, Runtime as _, TokioRuntime};
use evergrant::{CallRetry, ResponseHead, RetryableFailure};
use http::{Method, Request, Response};
use tower::retry::Policy;

use crate::error::Error;

/// A [`Policy`] for tower's retry layer that repeats calls after transient failures, such as during a short outage of
/// the authorization server. Requires the feature `retry`.
///
/// | failure | repeated |
/// |---|---|
/// | No token could be fetched, and the error [is retryable](evergrant::Error::is_retryable). The API has not processed the request. | always |
/// | A response with the status 408, 429, 502, 503 or 504. | if the method is idempotent |
/// | An error of the inner service. | if the method is idempotent |
/// | Any other failure, including every gRPC status. | never |
///
/// The number of retries, their pauses and their total time are those of [`CallRetry`]. The pauses respect the
/// `Retry-After` header of the authorization server and of the API. The request body must implement [`Clone`], as
/// `Full<Bytes>` and `String` do: a stream cannot be repeated.
///
/// Place the retry layer outside of the authorization layer, so that each attempt has a valid token:
///
/// ```no_run
/// use evergrant::CallRetry;
/// use evergrant_tower::{AuthorizeLayer, RetryPolicy};
/// use http_body_util::Full;
/// use hyper_util::{client::legacy::Client, rt::TokioExecutor};
/// use tower::{ServiceBuilder, ServiceExt as _};
/// use tower::retry::RetryLayer;
///
/// # async fn run(tokens: evergrant::TokenManager) -> Result<(), Box<dyn std::error::Error>> {
/// # let connector = hyper_util::client::legacy::connect::HttpConnector::new();
/// let authorize = AuthorizeLayer::builder(tokens).base_url("https://api.example.com").build()?;
/// let api = ServiceBuilder::new()
///     .layer(RetryLayer::new(RetryPolicy::new(CallRetry::default())))
///     .layer(authorize)
///     .service(Client::builder(TokioExecutor::new()).build(connector));
///
/// let request = http::Request::put("https://api.example.com/books/1").body(Full::<bytes::Bytes>::from("..."))?;
/// let response = api.oneshot(request).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct RetryPolicy {
    retry: CallRetry,
    /// Number of retries of the current call.
    retries: u32,
    /// When the current call started, since the machine started.
    started: Duration,
}

impl RetryPolicy {
    /// Creates a retry policy with the number of retries, the pauses and the total time of `retry`.
    #[must_use]
    pub fn new(retry: CallRetry) -> Self {
        Self {
            retry,
            ..Self::default()
        }
    }
}

impl<B: Clone, R> Policy<Request<B>, Response<R>, Error> for RetryPolicy {
    type Future = BoxFuture<'static, ()>;

    fn retry(&mut self, request: &mut Request<B>, result: &mut Result<Response<R>, Error>) -> Option<Self::Future> {
        let failure = failure(request.method(), result)?;
        let elapsed = now().saturating_sub(self.started);
        let pause = self.retry.pause(self.retries, elapsed, &failure)?;
        self.retries += 1;
        Some(Box::pin(async move { TokioRuntime::new().sleep(pause).await }))
    }

    fn clone_request(&mut self, request: &Request<B>) -> Option<Request<B>> {
        // Called for each attempt; each call has its own copy of the policy after the first one.
        if self.retries == 0 {
            self.started = now();
        }
        Some(request.clone())
    }
}

fn failure<R>(method: &Method, result: &Result<Response<R>, Error>) -> Option<RetryableFailure> {
    match result {
        Ok(response) => RetryableFailure::response(method, &ResponseHead::from(response)),
        Err(Error::Authorization(error)) => RetryableFailure::not_authorized(error),
        Err(Error::Inner { .. }) => RetryableFailure::sent(method),
        Err(_) => None,
    }
}

fn now() -> Duration {
    TokioRuntime::new().now().since_boot()
}
