//! The error response of an API.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, Version};

use crate::response_head::ResponseHead;

/// An error response of an API, with its status, headers and body. The message and the `Debug` output contain the API
/// call, the status and the size of the body, but no header and no part of the body.
#[derive(Clone)]
pub struct ApiError {
    head: ResponseHead<'static>,
    body: Bytes,
    call: Option<Arc<str>>,
}

impl ApiError {
    /// Creates the error from the status, headers and body of an API's error response.
    #[must_use]
    pub fn new(status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        Self::with_head(ResponseHead::owned(status, Version::HTTP_11, headers), body)
    }

    /// Creates the error from the head and the body of an API's error response.
    #[must_use]
    pub fn with_head(head: ResponseHead<'static>, body: Bytes) -> Self {
        Self { head, body, call: None }
    }

    /// Sets the name of the API call: its method and its URL without query, user information and fragment. The error's
    /// message then starts with this name.
    #[must_use]
    pub fn for_call(mut self, call: impl Into<Arc<str>>) -> Self {
        self.call = Some(call.into());
        self
    }

    /// Returns the name of the API call that failed, such as `GET https://api.example.com/v1/books`. Returns `None` if
    /// no name was set.
    #[must_use]
    pub fn call(&self) -> Option<&str> {
        self.call.as_deref()
    }

    /// Returns the status, the version and the headers of the API's response.
    #[must_use]
    pub fn head(&self) -> &ResponseHead<'static> {
        &self.head
    }

    /// Returns the HTTP status of the API's response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.head.status()
    }

    /// Returns the headers of the API's response.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.head.headers()
    }

    /// Returns the body of the API's response.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Returns whether the same call may succeed later without any change: `true` for the statuses 408, 429, 502, 503
    /// and 504.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.head.is_retryable()
    }

    /// Returns how long the API asked the client to wait: `Retry-After` in seconds, or as a date relative to the
    /// response's `Date`. At most one hour.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.head.retry_after()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(call) = &self.call {
            write!(f, "{call}: ")?;
        }
        let status = self.status();
        write!(f, "the API returned {}", status.as_str())?;
        // Some statuses have no name, such as 419 and 498.
        if let Some(name) = status.canonical_reason() {
            write!(f, " {name}")?;
        }
        write!(f, " with {} bytes", self.body.len())?;
        match status.as_u16() {
            401 => f.write_str("; it does not accept the token, or does not accept it for this operation"),
            403 => f.write_str(
                "; the token lacks the permission for this operation, or it is no longer valid and this API uses 403 for \
                 that: in this case, set renew_when(..)",
            ),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for ApiError {}
