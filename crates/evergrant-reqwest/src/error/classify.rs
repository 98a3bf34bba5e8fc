//! Methods that classify an error, for programs that react to it.

use bytes::Bytes;
use evergrant::ApiError;
use evergrant::error::TransportCause;
use http::{HeaderMap, StatusCode};

use super::Error;
use crate::error_cause::transport_cause;

impl Error {
    /// Returns the API's error response if this error is from [`send_ok`](crate::RequestBuilder::send_ok), and `None`
    /// otherwise.
    #[must_use]
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(error) => Some(error),
            _ => None,
        }
    }

    /// Returns the reason why the API could not be reached, such as an expired certificate, or `None` if it is not
    /// known.
    #[must_use]
    pub fn transport_cause(&self) -> Option<TransportCause> {
        match self {
            Self::Http { source, .. } => transport_cause(source),
            _ => None,
        }
    }

    /// Returns the status of the API's error response if this error is from [`send_ok`](crate::RequestBuilder::send_ok)
    /// or from reqwest's `error_for_status`, and `None` otherwise.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Api(error) => Some(error.status()),
            _ => self.reqwest()?.status(),
        }
    }

    /// Returns whether a time limit was reached: that of the call, of the HTTP client, or of the wait for a token.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::Timeout { .. } | Self::NoResponse { .. } | Self::Authorization(evergrant::Error::Timeout(_)) => true,
            Self::Http { source, .. } => source.is_timeout(),
            _ => false,
        }
    }

    /// Returns whether no connection to the API could be opened.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        self.reqwest().is_some_and(reqwest::Error::is_connect)
    }

    /// Returns whether sending the request's body or reading the response's body failed.
    #[must_use]
    pub fn is_body(&self) -> bool {
        let failed = |error: &reqwest::Error| error.is_body() || error.is_decode();
        self.reqwest().is_some_and(failed)
    }

    /// Returns whether the response body is not valid JSON, or not the JSON that the caller expects.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        matches!(self, Self::Json { .. })
    }

    /// Returns whether the API returned an error status: see [`status`](Self::status).
    #[must_use]
    pub fn is_status(&self) -> bool {
        self.status().is_some()
    }

    /// Returns whether the API redirected more than ten times, or the application's HTTP client followed a redirect to
    /// another origin.
    #[must_use]
    pub fn is_redirect(&self) -> bool {
        matches!(self, Self::TooManyRedirects { .. } | Self::UnexpectedRedirect { .. })
    }

    /// Returns whether the request is invalid. Nothing was sent.
    #[must_use]
    pub fn is_builder(&self) -> bool {
        matches!(self, Self::Request(_)) || self.reqwest().is_some_and(reqwest::Error::is_builder)
    }

    fn reqwest(&self) -> Option<&reqwest::Error> {
        match self {
            Self::Http { source, .. } | Self::Interrupted { source, .. } => Some(source),
            _ => None,
        }
    }

    /// Returns whether the same call may succeed later without changes.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Authorization(error) => error.is_retryable(),
            Self::Api(error) => error.is_retryable(),
            Self::Http { source, .. } => match source.status() {
                Some(status) => ApiError::new(status, HeaderMap::new(), Bytes::new()).is_retryable(),
                None => !self.transport_cause().is_some_and(|cause| cause.is_permanent()),
            },
            Self::Timeout { .. } | Self::NoResponse { .. } => true,
            Self::Interrupted { .. }
            | Self::Request(_)
            | Self::TooManyRedirects { .. }
            | Self::UnexpectedRedirect { .. }
            | Self::Json { .. } => false,
        }
    }
}
