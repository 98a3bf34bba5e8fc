//! The error type for error responses of the API.

use std::fmt;
use std::time::Duration;

use super::{CallName, Untyped};
use crate::response_head_accessors::head_accessors;
use bytes::Bytes;
use evergrant::Scopes;

/// An error response of the API: its status, headers and body. `E` is the type of the decoded body. `Display` and
/// `Debug` write the same message, without headers and body.
pub struct ApiError<E = Untyped> {
    call: CallName,
    /// The response, independent of the operation.
    response: evergrant::ApiError,
    /// Scopes that the operation requires and that were not requested for the token.
    missing_scopes: Scopes,
    error: Option<E>,
}

impl<E> ApiError<E> {
    pub(crate) fn new(call: CallName, response: evergrant::ApiError, missing_scopes: Scopes, error: Option<E>) -> Self {
        Self {
            call,
            response,
            missing_scopes,
            error,
        }
    }

    /// Returns the id of the operation that was called.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.call.id()
    }

    /// Returns the response body. A body larger than 1 MiB is truncated.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        self.response.body()
    }

    /// Returns the decoded body, in the type that the API description defines for this status. Returns `None` if the
    /// description defines no body for the status, if the body cannot be decoded, or if
    /// [`Error::untyped`](crate::Error::untyped) has discarded the decoded body.
    #[must_use]
    pub fn error(&self) -> Option<&E> {
        self.error.as_ref()
    }

    /// Consumes the error and returns the decoded body, like [`error`](Self::error).
    #[must_use]
    pub fn into_error(self) -> Option<E> {
        self.error
    }

    /// Returns whether the call may succeed later: the status is 408, 429, 502, 503 or 504.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.response.is_retryable()
    }

    /// Returns the wait that the API requested with the `Retry-After` header, at most one hour. A date in this header
    /// is interpreted relative to the response's `Date` header.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.response.retry_after()
    }

    pub(super) fn response(&self) -> &evergrant::ApiError {
        &self.response
    }

    pub(super) fn retyped<F>(self) -> ApiError<F> {
        ApiError {
            call: self.call,
            response: self.response,
            missing_scopes: self.missing_scopes,
            error: None,
        }
    }
}

head_accessors!(impl {E} ApiError<E>, |error| error.response.head());

impl<E> fmt::Display for ApiError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, bytes) = (self.status(), self.body().len());
        write!(f, "{} returned {}", self.call, status.as_str())?;
        // Some statuses have no name, such as 419 and 498.
        if let Some(name) = status.canonical_reason() {
            write!(f, " {name}")?;
        }
        write!(f, " with {bytes} bytes")?;
        match status.as_u16() {
            401 => f.write_str("; the API does not accept the credentials, or does not accept them for this operation"),
            403 if !self.missing_scopes.is_empty() => {
                let missing_scopes = &self.missing_scopes;
                write!(
                    f,
                    "; the operation requires the scopes `{missing_scopes}`, which were not requested for the token"
                )
            }
            403 => f.write_str(
                "; the credentials lack the permission for this operation, or the token is no longer valid and this \
                 API uses 403 for that: in this case, set renew_when(..) on the client's builder",
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
