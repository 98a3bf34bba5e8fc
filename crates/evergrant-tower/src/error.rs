//! The error type of authorized calls.

use std::fmt;

use evergrant::error::{BoxError, Call, innermost, report};

/// The error of an authorized call.
///
/// Every message contains the call's method and its URL without query, user information and fragment. `Debug` writes
/// the same message as `Display`, so that the error is readable if `main` returns it ([`report`]).
///
/// This type does not depend on the inner service, for two reasons. Many tower services fail with a [`BoxError`], which
/// does not implement [`std::error::Error`]. And a caller that receives this error in a box, or as the source of a
/// `tonic::Status`, can downcast to it without naming the inner service's type.
///
/// ```
/// use evergrant_tower::Error;
///
/// /// Returns a message for users. With tonic, the error is the source of the status.
/// fn explain(status: &(dyn std::error::Error + 'static)) -> String {
///     match status.source().and_then(|source| source.downcast_ref::<Error>()) {
///         Some(Error::Authorization(error)) => format!("no credentials: {error}"),
///         _ => status.to_string(),
///     }
/// }
/// ```
#[non_exhaustive]
pub enum Error {
    /// The call could not be authorized, or its URL is not allowed to receive credentials. Either nothing was sent to
    /// the API, or the API rejected the token and its renewal failed.
    Authorization(evergrant::Error),
    /// The request is invalid and was not sent. The text contains the method and the URL of the call.
    Request(String),
    /// The inner service returned an error.
    #[non_exhaustive]
    Inner {
        /// The call: its method, and its URL without query. `None` when `poll_ready` failed.
        call: Option<String>,
        /// The error of the inner service, to be downcast to its type.
        source: BoxError,
    },
    /// The body of the response ended with an error.
    #[non_exhaustive]
    Body {
        /// The error of the inner service's body, to be downcast to its type.
        source: BoxError,
    },
}

impl Error {
    /// Returns whether the same call may succeed later without changes. All errors of the inner service are reported as
    /// retryable, because most are connection errors; code that knows their type can decide more precisely.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Authorization(error) => error.is_retryable(),
            Self::Request(_) => false,
            Self::Inner { .. } | Self::Body { .. } => true,
        }
    }

    /// The inner service failed.
    pub(crate) fn inner(call: Call<'_>, error: impl Into<BoxError>) -> Self {
        let (call, source) = (Some(call.into()), error.into());
        Self::Inner { call, source }
    }

    /// The body of the response failed.
    pub(crate) fn body(error: impl Into<BoxError>) -> Self {
        let source = error.into();
        Self::Body { source }
    }

    /// `poll_ready` of the inner service failed.
    pub(crate) fn not_ready(error: impl Into<BoxError>) -> Self {
        let source = error.into();
        Self::Inner { call: None, source }
    }
}

impl From<evergrant::Error> for Error {
    fn from(error: evergrant::Error) -> Self {
        Self::Authorization(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authorization(error) => error.fmt(f),
            Self::Request(problem) => write!(f, "the request cannot be sent: {problem}"),
            Self::Inner { call, source } => {
                let call = call.as_deref().unwrap_or("the request");
                write!(f, "{call} failed: {}", innermost(&**source))
            }
            Self::Body { source } => write!(f, "reading the response failed: {}", innermost(&**source)),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Authorization(error) => Some(error),
            Self::Request(_) => None,
            Self::Inner { source, .. } | Self::Body { source } => Some(&**source),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        report(self, f)
    }
}
