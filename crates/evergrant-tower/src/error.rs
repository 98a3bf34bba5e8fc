//! What an authorized call can fail with.

use std::fmt;

use evergrant::error::{BoxError, innermost};

/// Why an authorized call gave no response.
///
/// One type whatever the inner service is: many of tower's services fail with a [`BoxError`], which is no
/// [`std::error::Error`] itself, and a caller who gets this error in a box, or as the source of a `tonic::Status`, can look for
/// it without knowing what lies below.
///
/// ```
/// use evergrant_tower::Error;
///
/// /// What to tell a user: behind tonic, say, where the error is the status' source.
/// fn explain(status: &(dyn std::error::Error + 'static)) -> String {
///     match status.source().and_then(|source| source.downcast_ref::<Error>()) {
///         Some(Error::Authorization(error)) => format!("no credentials: {error}"),
///         _ => status.to_string(),
///     }
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The call could not be authorized, or must not be; nothing was sent to the API, or its refusal could not be recovered.
    Authorization(evergrant::Error),
    /// The request itself cannot be sent.
    Request(String),
    /// The inner service failed; downcast it to that service's own type.
    Inner(BoxError),
}

impl Error {
    /// Whether the same call may succeed later without anybody changing anything. The inner service's errors count as such: they
    /// are mostly a connection's. Who knows their type knows better.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Authorization(error) => error.is_retryable(),
            Self::Request(_) => false,
            Self::Inner(_) => true,
        }
    }

    pub(crate) fn inner(error: impl Into<BoxError>) -> Self {
        Self::Inner(error.into())
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
            Self::Inner(error) => write!(f, "the request failed: {}", innermost(&**error)),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Authorization(error) => Some(error),
            Self::Request(_) => None,
            Self::Inner(error) => Some(&**error),
        }
    }
}
