//! The API answered, with a failure.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use evergrant::Scopes;
use http::{HeaderMap, StatusCode};

use super::{Called, Untyped};

/// A failure status of the API, with everything it said. The message, which `Debug` writes too, shows neither
/// headers nor body.
pub struct ApiError<E = Untyped> {
    called: Called,
    /// What is independent of the operation.
    answer: evergrant::ApiError,
    /// Scopes that the operation needs, and that the token was not asked for with.
    lacking: Scopes,
    error: Option<E>,
}

impl<E> ApiError<E> {
    pub(crate) fn new(called: Called, answer: evergrant::ApiError, lacking: Scopes, error: Option<E>) -> Self {
        Self {
            called,
            answer,
            lacking,
            error,
        }
    }

    /// The id of the operation that was called.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.called.id()
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.answer.status()
    }

    /// The response's headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.answer.headers()
    }

    /// The response's body, 1 MiB of it at most.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        self.answer.body()
    }

    /// The body as the description has it for this status; `None` where it has none, or the body is something else.
    #[must_use]
    pub fn error(&self) -> Option<&E> {
        self.error.as_ref()
    }

    /// As [`error`](Self::error), to keep.
    #[must_use]
    pub fn into_error(self) -> Option<E> {
        self.error
    }

    /// Whether the call may succeed later: 408, 429, 502, 503, 504.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.answer.is_retryable()
    }

    /// How long the API asked us to wait: `Retry-After` in seconds, or as a date beside the response's own `Date`; an hour at
    /// most.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.answer.retry_after()
    }

    pub(super) fn answer(&self) -> &evergrant::ApiError {
        &self.answer
    }

    pub(super) fn retyped<F>(self) -> ApiError<F> {
        ApiError {
            called: self.called,
            answer: self.answer,
            lacking: self.lacking,
            error: None,
        }
    }
}

impl<E> fmt::Display for ApiError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, bytes) = (self.status(), self.body().len());
        write!(f, "{} was answered {}", self.called, status.as_str())?;
        // Some have none, such as 419 and 498.
        if let Some(name) = status.canonical_reason() {
            write!(f, " {name}")?;
        }
        write!(f, " with {bytes} bytes")?;
        match status.as_u16() {
            401 => f.write_str("; the API does not accept the credentials, or not for this operation"),
            403 if !self.lacking.is_empty() => {
                let lacking = &self.lacking;
                write!(
                    f,
                    "; the operation needs the scopes `{lacking}`, which the token was not asked for with"
                )
            }
            403 => f.write_str(
                "; the credentials lack the permission for this operation, or the token is no longer valid and this API says so \
                 with 403: renew_when(..) on the client's builder has it renewed then",
            ),
            _ => Ok(()),
        }
    }
}

impl<E> fmt::Debug for ApiError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<E> std::error::Error for ApiError<E> {}
