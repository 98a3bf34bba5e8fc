//! What a client has to be able to do, to be put through the suite.

use std::future::Future;

use bytes::Bytes;
use evergrant::Authorizer;
use http::Method;

/// A client with the authorizer plugged in.
pub trait Subject: Clone + Send + Sync + 'static {
    /// Builds the client.
    fn build(authorizer: Authorizer, setup: &Setup) -> Self;

    /// Sends one call, and reads its answer to the end.
    fn call(&self, call: Call) -> impl Future<Output = Result<Answer, Failure>> + Send;
}

/// What the client is told.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The API's origin, with a slash at its end.
    pub base_url: String,
    /// Another origin that may receive credentials.
    pub allowed: Option<String>,
    /// A status that means a refused token, besides 401.
    pub refusal: Option<u16>,
}

/// One call, to a full URL.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: Method,
    pub url: String,
    /// An `authorization` header of the caller's own.
    pub own: Option<&'static str>,
    pub body: Body,
    pub unauthenticated: bool,
}

/// What a call sends.
#[derive(Debug, Clone)]
pub enum Body {
    Empty,
    Whole(Bytes),
    /// In pieces, of which there are more than anybody keeps.
    Stream(Bytes),
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Bytes,
}

/// Why nothing came back.
#[derive(Debug)]
pub struct Failure {
    /// The library's own error, as far as the client lets it through.
    pub error: Option<evergrant::Error>,
    pub text: String,
}

impl Call {
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            url: url.into(),
            own: None,
            body: Body::Empty,
            unauthenticated: false,
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
    /// By any error and its sources: the first that is the library's.
    pub fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut causes = std::iter::successors(Some(error), |error| error.source());
        Self {
            error: causes.find_map(|cause| match cause.downcast_ref::<evergrant_reqwest::Error>() {
                Some(evergrant_reqwest::Error::Authorization(error)) => Some(error.clone()),
                _ => cause.downcast_ref::<evergrant::Error>().cloned(),
            }),
            text: error.to_string(),
        }
    }
}
