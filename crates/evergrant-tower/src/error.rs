//! The error type of authorized calls.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::{fmt, iter};

use evergrant::error::{BoxError, Call, innermost, report};

/// The error of an authorized call.
///
/// Every message contains the method of the call, and its URL without query, user information and fragment. `Debug`
/// writes the same message as `Display`, so that the error is readable if `main` returns it ([`report`]).
///
/// This type does not depend on the type of the inner service, for two reasons. Many tower services fail with a
/// [`BoxError`], which does not implement [`std::error::Error`]. And a caller that receives this error in a box, or as
/// the source of a `tonic::Status`, can downcast to it without naming the inner service's type.
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
    /// No credentials could be applied to the call, or its URL is not allowed to receive credentials. Either nothing
    /// was sent to the API, or the API rejected the token and the renewal of the token failed.
    Authorization(evergrant::Error),
    /// The request is invalid and was not sent. The text contains the method and the URL of the call.
    Request(String),
    /// The inner service, to which the authorized request was passed, returned an error.
    #[non_exhaustive]
    Inner {
        /// The call: its method, and its URL without query. `None` if the inner service failed in `poll_ready`, before
        /// the call.
        call: Option<String>,
        /// The error of the inner service. To inspect it, downcast it to its type.
        source: BoxError,
    },
    /// The connection broke while the request body was sent and before a response arrived, and broke again with a new
    /// token. The token is therefore not the cause. The server may have rejected the request because of its head, such
    /// as its size, and closed the connection.
    #[non_exhaustive]
    Interrupted {
        /// The call: its method, and its URL without query.
        call: String,
        /// The error of the inner service. To inspect it, downcast it to its type.
        source: BoxError,
    },
    /// The body of the response ended with an error.
    #[non_exhaustive]
    Body {
        /// The error of the inner service's response body. To inspect it, downcast it to its type.
        source: BoxError,
    },
}

impl Error {
    /// Returns whether the same call may succeed later without changes. An [`Inner`](Self::Inner) or
    /// [`Body`](Self::Body) error is always reported as retryable, because most errors of the inner service are
    /// connection errors. Code that knows their type can decide more precisely.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Authorization(error) => error.is_retryable(),
            Self::Request(_) | Self::Interrupted { .. } => false,
            Self::Inner { .. } | Self::Body { .. } => true,
        }
    }

    /// The inner service failed.
    pub(crate) fn inner(call: Call<'_>, error: impl Into<BoxError>) -> Self {
        let (call, source) = (Some(call.into()), error.into());
        Self::Inner { call, source }
    }

    /// The connection broke while the body was sent.
    pub(crate) fn interrupted(call: Call<'_>, source: BoxError) -> Self {
        let call = call.into();
        Self::Interrupted { call, source }
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
            Self::Interrupted { call, source } => write!(
                f,
                "{call} failed: {}; the server closes the connection while the body is sent, with a new token too, and may reject the request by its head; a request without a body may show its response",
                innermost(&**source)
            ),
            Self::Body { source } => write!(f, "reading the response failed: {}", innermost(&**source)),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Authorization(error) => Some(error),
            Self::Request(_) => None,
            Self::Inner { source, .. } | Self::Interrupted { source, .. } | Self::Body { source } => Some(&**source),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        report(self, f)
    }
}

/// Maximum number of nested errors to inspect.
const MAX_CHAIN_LEN: usize = 32;

/// hyper's message for a connection that the server closed before the response.
const INCOMPLETE_MESSAGE: &str = "connection closed before message completed";

/// Returns whether a connection broke, according to an error of the inner service.
pub(crate) fn is_interruption(error: &(dyn StdError + 'static)) -> bool {
    iter::successors(Some(error), |link| inner_error(*link))
        .take(MAX_CHAIN_LEN)
        .any(|link| match link.downcast_ref::<io::Error>() {
            Some(error) => matches!(
                error.kind(),
                ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
            ),
            // hyper has no error of a public type for it that other services could return.
            None => link.to_string() == INCOMPLETE_MESSAGE,
        })
}

/// Returns the wrapped error. `io::Error::source` skips the error that it wraps, so that one is read with `get_ref`.
fn inner_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}
