//! What an authorized call can fail with.

use std::fmt;

use evergrant::error::{BoxError, innermost, report};
use http::{Method, Uri, request};

/// Why an authorized call gave no response.
///
/// Every message names the call: its method, and its URL without query, user information and fragment. `Debug` writes the message
/// too, so that it reads well where `main` returns the error ([`report`]).
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
#[non_exhaustive]
pub enum Error {
    /// The call could not be authorized, or must not be; nothing was sent to the API, or its refusal could not be recovered.
    Authorization(evergrant::Error),
    /// The request itself cannot be sent. The text names the call.
    Request(String),
    /// The inner service failed.
    #[non_exhaustive]
    Inner {
        /// What was called, without query; `None` where the service was not ready for any call.
        call: Option<String>,
        /// Why; downcast it to that service's own type.
        source: BoxError,
    },
}

impl Error {
    /// Whether the same call may succeed later without anybody changing anything. The inner service's errors count as such: they
    /// are mostly a connection's. Who knows their type knows better.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Authorization(error) => error.is_retryable(),
            Self::Request(_) => false,
            Self::Inner { .. } => true,
        }
    }

    /// The inner service is ready for no call.
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
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Authorization(error) => Some(error),
            Self::Request(_) => None,
            Self::Inner { source, .. } => Some(&**source),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        report(self, f)
    }
}

/// A call as errors name it: its method, and its URL without query and user information.
pub(crate) struct Call {
    method: Method,
    uri: Uri,
}

impl Call {
    pub(crate) fn of(head: &request::Parts) -> Self {
        Self {
            method: head.method.clone(),
            uri: head.uri.clone(),
        }
    }

    /// It could not be authorized, or must not be.
    pub(crate) fn unauthorized(&self, error: evergrant::Error) -> Error {
        Error::Authorization(error.for_call(self.to_string()))
    }

    /// It cannot be sent.
    pub(crate) fn unfit(&self, problem: &str) -> Error {
        Error::Request(format!("{self}: {problem}"))
    }

    /// The inner service failed.
    pub(crate) fn failed(&self, error: impl Into<BoxError>) -> Error {
        let (call, source) = (Some(self.to_string()), error.into());
        Error::Inner { call, source }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.method)?;
        if let (Some(scheme), Some(authority)) = (self.uri.scheme_str(), self.uri.authority()) {
            let host = authority.as_str().rsplit('@').next().unwrap_or_default();
            write!(f, "{scheme}://{host}")?;
        }
        f.write_str(self.uri.path())
    }
}
