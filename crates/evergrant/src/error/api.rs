//! The API answered, with a failure.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::retry_after;

/// A failure status of the API itself, with everything it said. The message, which `Debug` writes too, shows neither headers nor
/// body.
#[derive(Clone)]
pub struct ApiError {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    pub(super) call: Option<Arc<str>>,
}

impl ApiError {
    /// Keeps a response.
    #[must_use]
    pub fn new(status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        Self {
            status,
            headers,
            body,
            call: None,
        }
    }

    /// The same with the call that it answers, which messages name: method and URL without query, user information and fragment.
    #[must_use]
    pub fn for_call(mut self, call: impl Into<Arc<str>>) -> Self {
        self.call = Some(call.into());
        self
    }

    /// The call that it answers, such as `GET https://api.example.com/v1/books`.
    #[must_use]
    pub fn call(&self) -> Option<&str> {
        self.call.as_deref()
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The response's headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The response's body.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Whether the call may succeed later: 408, 429, 502, 503, 504.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self.status.as_u16(), 408 | 429 | 502..=504)
    }

    /// How long the API asked us to wait: `Retry-After` in seconds, or as a date beside the response's own
    /// `Date`; an hour at most.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after::parse(&self.headers, None)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(call) = &self.call {
            write!(f, "{call}: ")?;
        }
        write!(f, "the API answered {}", self.status.as_str())?;
        // Some have none, such as 419 and 498.
        if let Some(name) = self.status.canonical_reason() {
            write!(f, " {name}")?;
        }
        write!(f, " with {} bytes", self.body.len())?;
        match self.status.as_u16() {
            401 => f.write_str("; it does not accept the token, or not for this operation"),
            403 => f.write_str(
                "; the token lacks the permission for this operation, or it is no longer valid and this API says so with \
                 403: a client renews it then with renew_when(..)",
            ),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for ApiError {}
