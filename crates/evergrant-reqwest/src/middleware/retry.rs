//! A retry strategy and policy for [`reqwest_retry`] that know the errors of this crate.

use std::cell::Cell;
use std::time::SystemTime;

use evergrant::error::{Call, TransportCause};
use evergrant::runtime::{Runtime as _, TokioRuntime};
use evergrant::{CallRetry, ResponseHead, RetryableFailure};
use http::{Extensions, Method};
use reqwest::{Request, Response, Url};
use reqwest_middleware::Error as MiddlewareError;
use reqwest_retry::{RetryDecision, RetryPolicy, RetryTransientMiddleware, Retryable, RetryableStrategy};

use crate::call::OriginalRequest;
use crate::{Error, transport_cause};

/// A [`RetryableStrategy`] and [`RetryPolicy`] for [`reqwest_retry`] that repeats calls after transient failures, such
/// as during a short outage of the authorization server. Requires the feature `retry`.
///
/// | failure | repeated |
/// |---|---|
/// | No token could be fetched, and the error [is retryable](evergrant::Error::is_retryable). The API has not processed the request. | always |
/// | No connection to the API, or the API did not process the request (HTTP/2). | always |
/// | A response with the status 408, 429, 502, 503 or 504. | if the method is idempotent |
/// | A connection that broke after the request was sent. | with [`idempotent`](Self::idempotent), because `reqwest_retry` does not know the method |
/// | Any other. | never |
///
/// The number of retries, their pauses and their total time are those of [`CallRetry`]. The pauses respect the
/// `Retry-After` header of the authorization server and of the API. A request with a streaming body cannot be repeated;
/// [`RetryTransientMiddleware`] does not send such a request, and returns an error.
///
/// If the retries are used up, the error is a [`RetryError`](reqwest_retry::RetryError) that contains the error of the
/// last attempt. A call whose method is not idempotent is not repeated if it fails after a
/// [redirect](super::AuthorizeBuilder::follow_redirects).
///
/// Attach this middleware before [`Authorize`](super::Authorize), so that each attempt has a valid token:
///
/// ```no_run
/// use evergrant::CallRetry;
/// use evergrant_reqwest::middleware::{Authorize, Retry};
/// use reqwest::redirect::Policy;
/// use reqwest_middleware::ClientBuilder;
///
/// # async fn run(tokens: evergrant::TokenManager) -> Result<(), Box<dyn std::error::Error>> {
/// let authorize = Authorize::builder(tokens).allow_origin("https://api.example.com").build()?;
/// let http = reqwest::Client::builder().redirect(Policy::none()).build()?;
/// let api = ClientBuilder::new(http)
///     .with(Retry::new(CallRetry::default()).into_middleware())
///     .with(authorize)
///     .build();
/// let books = api.get("https://api.example.com/v1/books").send().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Retry {
    retry: CallRetry,
    is_idempotent: bool,
}

/// The method of a request, in the extensions of its response.
#[derive(Debug, Clone)]
struct RequestMethod(Method);

/// An extension of a call: its request is not idempotent and was redirected, so a server has received it.
#[derive(Debug, Clone)]
struct Redirected;

/// The request of a call before redirects.
pub(super) struct FirstRequest {
    method: Method,
    url: Url,
}

impl FirstRequest {
    pub(super) fn new(request: &Request) -> Self {
        let (method, url) = (request.method().clone(), request.url().clone());
        Self { method, url }
    }

    /// Records that a request of the call is sent.
    pub(super) fn note_attempt(&self, original: &OriginalRequest<'_>, extensions: &mut Extensions) {
        if !self.method.is_idempotent() && (original.url(), original.method()) != (&self.url, &self.method) {
            extensions.insert(Redirected);
        }
    }

    /// Adds the method of the call to a response.
    pub(super) fn with_method(&self, mut response: Response) -> Response {
        response.extensions_mut().insert(RequestMethod(self.method.clone()));
        response
    }
}

/// Returns an error for a call that must not be repeated. A strategy cannot know this: it does not see the request.
pub(super) fn check_repeated(request: &Request, extensions: &Extensions) -> Result<(), Error> {
    match extensions.get::<Redirected>() {
        None => Ok(()),
        Some(Redirected) => {
            let call = Call::new(request.method(), request.url());
            let problem =
                "it was redirected, and is not repeated after a failure, because its method is not idempotent";
            Err(Error::Request(format!("{call}: {problem}")))
        }
    }
}

thread_local! {
    /// The failure that the strategy has just recognized. `reqwest_retry` calls the policy immediately afterwards,
    /// without the response.
    static LAST_FAILURE: Cell<RetryableFailure> = const { Cell::new(RetryableFailure::not_sent()) };
}

impl Retry {
    /// Creates a retry strategy and policy with the number of retries, the pauses and the total time of `retry`.
    #[must_use]
    pub fn new(retry: CallRetry) -> Self {
        let is_idempotent = false;
        Self { retry, is_idempotent }
    }

    /// Treats all requests of the client as idempotent, so that a request is also repeated if the connection breaks
    /// after it was sent.
    #[must_use]
    pub fn idempotent(self) -> Self {
        let is_idempotent = true;
        Self { is_idempotent, ..self }
    }

    /// Returns a retry middleware that uses this value as its policy and as its strategy.
    #[must_use]
    pub fn into_middleware(self) -> RetryTransientMiddleware<Self, Self> {
        RetryTransientMiddleware::new_with_policy_and_strategy(self, self)
    }

    fn failure(&self, result: &Result<Response, MiddlewareError>) -> Option<RetryableFailure> {
        match result {
            Ok(response) => {
                let method = response.extensions().get().map(|RequestMethod(method)| method);
                let head = ResponseHead::new(response.status(), response.version(), response.headers());
                RetryableFailure::response(self.method(method), &head)
            }
            Err(MiddlewareError::Reqwest(error)) => self.transport_failure(error),
            Err(MiddlewareError::Middleware(error)) => match error.downcast_ref::<Error>()? {
                Error::Authorization(error) => RetryableFailure::not_authorized(error),
                Error::Timeout { .. } => Some(RetryableFailure::not_sent()),
                _ => None,
            },
        }
    }

    fn transport_failure(&self, error: &reqwest::Error) -> Option<RetryableFailure> {
        let cause = transport_cause(error);
        if error.is_builder() || cause.as_ref().is_some_and(TransportCause::is_permanent) {
            return None;
        }
        if error.is_connect() || cause == Some(TransportCause::NotProcessed) {
            return Some(RetryableFailure::not_sent());
        }
        RetryableFailure::sent(self.method(None))
    }

    /// Returns the method of a request, or one that is not idempotent if it is not known.
    fn method<'a>(&self, known: Option<&'a Method>) -> &'a Method {
        match self.is_idempotent {
            true => &Method::GET,
            false => known.unwrap_or(&Method::POST),
        }
    }
}

impl RetryableStrategy for Retry {
    fn handle(&self, result: &Result<Response, MiddlewareError>) -> Option<Retryable> {
        let failure = self.failure(result);
        LAST_FAILURE.set(failure.unwrap_or_default());
        match failure {
            Some(_) => Some(Retryable::Transient),
            None => result.is_err().then_some(Retryable::Fatal),
        }
    }
}

impl RetryPolicy for Retry {
    fn should_retry(&self, started: SystemTime, retries: u32) -> RetryDecision {
        let now = TokioRuntime::new().now().wall();
        let elapsed = now.duration_since(started).unwrap_or_default();
        match self.retry.pause(retries, elapsed, &LAST_FAILURE.take()) {
            Some(pause) => RetryDecision::Retry {
                execute_after: now + pause,
            },
            None => RetryDecision::DoNotRetry,
        }
    }
}
