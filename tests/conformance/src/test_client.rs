//! The interface of the clients under test.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use evergrant::{Authorizer, Generation};
use http::Method;

/// A client that uses the authorizer.
pub trait TestClient: Clone + Send + Sync + 'static {
    /// Builds the client.
    fn build(authorizer: Authorizer, setup: &Setup) -> Self;

    /// Sends one call, and reads the whole response.
    fn call(&self, call: Call) -> impl Future<Output = Result<CallResponse, Failure>> + Send;
}

/// The settings of a client.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The origin of the API, with a trailing slash.
    pub base_url: String,
    /// Another allowed origin.
    pub allowed_origin: Option<String>,
    /// A status that rejects the token, in addition to 401.
    pub rejection_status: Option<u16>,
    /// A status that does not reject the token.
    pub kept_status: Option<u16>,
    /// A text in the body of a response that does not reject the token.
    pub kept_body: Option<&'static str>,
}

/// One call, to a full URL.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: Method,
    pub url: String,
    /// An `authorization` header from the caller.
    pub authorization: Option<&'static str>,
    pub body: Body,
    pub unauthenticated: bool,
    /// The request is sent once.
    pub no_replay: bool,
    /// The time limit of the call.
    pub limit: Option<Duration>,
}

/// The request body of a call.
#[derive(Debug, Clone)]
pub enum Body {
    Empty,
    Buffered(Bytes),
    /// A stream that exceeds every replay limit.
    Stream(Bytes),
}

/// The response to a call.
#[derive(Debug)]
pub struct CallResponse {
    pub status: u16,
    pub body: Bytes,
    /// The generation of the request's token.
    pub generation: Option<Generation>,
}

/// The error of a call.
#[derive(Debug)]
pub struct Failure {
    /// The library's error, if the client exposes it.
    pub error: Option<evergrant::Error>,
    pub text: String,
    /// Whether the call may be repeated, if the error is one of the client.
    pub is_retryable: Option<bool>,
}

impl Call {
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            url: url.into(),
            authorization: None,
            body: Body::Empty,
            unauthenticated: false,
            no_replay: false,
            limit: None,
        }
    }

    #[must_use]
    pub fn post(url: impl Into<String>, body: Body) -> Self {
        let method = Method::POST;
        Self {
            method,
            body,
            ..Self::get(url)
        }
    }
}

impl Failure {
    /// Finds the library's error among an error and its sources.
    pub fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut causes = std::iter::successors(Some(error), |error| error.source());
        Self {
            error: causes.find_map(|cause| match cause.downcast_ref::<evergrant_reqwest::Error>() {
                Some(evergrant_reqwest::Error::Authorization(error)) => Some(error.clone()),
                _ => cause.downcast_ref::<evergrant::Error>().cloned(),
            }),
            text: error.to_string(),
            is_retryable: is_retryable(error),
        }
    }
}

fn is_retryable(error: &(dyn std::error::Error + 'static)) -> Option<bool> {
    let reqwest = error.downcast_ref::<evergrant_reqwest::Error>();
    let tower = error.downcast_ref::<evergrant_tower::Error>();
    let reqwest = reqwest.map(evergrant_reqwest::Error::is_retryable);
    reqwest.or_else(|| tower.map(evergrant_tower::Error::is_retryable))
}

/// Returns whether the start of a body contains a text.
#[must_use]
pub fn contains(start: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(start).contains(text)
}
