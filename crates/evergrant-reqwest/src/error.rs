//! What an authorized call can fail with.

use std::fmt;

use evergrant::ApiError;
use evergrant::error::{BoxError, TransportCause, innermost, report};

use crate::cause::transport_cause;

/// Why an authorized call gave no response.
///
/// Every message names the call: its method, and its URL without query, user information and fragment. `Debug` writes the message
/// too, so that it reads well where `main` returns the error ([`report`](evergrant::error::report)).
#[non_exhaustive]
pub enum Error {
    /// The call could not be authorized, or must not be; nothing was sent to the API, or its 401 could not be recovered.
    Authorization(evergrant::Error),
    /// The API could not be reached, or the connection broke.
    Http {
        /// What was called, without query.
        call: String,
        /// What reqwest says, without the URL.
        source: reqwest::Error,
    },
    /// The request itself cannot be sent: a malformed URL, header or body. The text names the call, if there is one.
    Request(String),
    /// The API redirected more than ten times.
    TooManyRedirects {
        /// What was called, without query.
        call: String,
    },
    /// An HTTP client of the application's own followed a redirect to another origin by itself, and may have taken credentials
    /// along. Build it with [`Policy::none()`](reqwest::redirect::Policy::none).
    RedirectedUnseen {
        /// What was called, without query.
        call: String,
        /// The origin that answered.
        to: String,
    },
    /// The body of an answer is not the JSON that `blocking::Response::json` was to read.
    Json {
        /// The call whose answer it was: its method, and its URL without query.
        url: String,
        /// What the JSON parser says.
        source: BoxError,
    },
}

impl Error {
    pub(crate) fn http(call: String, source: reqwest::Error) -> Self {
        Self::Http {
            call,
            source: source.without_url(),
        }
    }

    /// Names the call where that is still to be done.
    pub(crate) fn for_call(self, call: String) -> Self {
        match self {
            Self::Authorization(error) => Self::Authorization(error.for_call(call)),
            Self::Request(problem) => Self::Request(format!("{call}: {problem}")),
            named => named,
        }
    }

    /// The API's own failure, as [`send_ok`](crate::RequestBuilder::send_ok) gives it.
    #[must_use]
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Authorization(evergrant::Error::Api(error)) => Some(error),
            _ => None,
        }
    }

    /// Why the API could not be reached, if that can be told.
    #[must_use]
    pub fn transport_cause(&self) -> Option<TransportCause> {
        match self {
            Self::Http { source, .. } => transport_cause(source),
            _ => None,
        }
    }

    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Authorization(error) => error.is_retryable(),
            Self::Http { .. } => !self.transport_cause().is_some_and(|cause| cause.is_permanent()),
            Self::Request(_) | Self::TooManyRedirects { .. } | Self::RedirectedUnseen { .. } | Self::Json { .. } => {
                false
            }
        }
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
            Self::Http { call, source } => {
                write!(f, "{call} failed: {}", innermost(source))?;
                match transport_cause(source) {
                    Some(cause) => write!(f, "; {}", cause.hint()),
                    None => Ok(()),
                }
            }
            Self::Request(problem) => write!(f, "the request cannot be sent: {problem}"),
            Self::TooManyRedirects { call } => {
                write!(f, "{call} was redirected more than ten times")
            }
            Self::RedirectedUnseen { call, to } => write!(
                f,
                "{call} was redirected to {to} by the HTTP client itself, which may have taken credentials along; build that client with redirect::Policy::none() (under reqwest-middleware, call follow_redirects() on the builder of Authorize)"
            ),
            Self::Json { url, source } => write!(f, "the answer of {url} is not the JSON that was expected: {source}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Authorization(error) => error.source(),
            Self::Http { source, .. } => Some(source),
            Self::Json { source, .. } => Some(&**source),
            Self::Request(_) | Self::TooManyRedirects { .. } | Self::RedirectedUnseen { .. } => None,
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        report(self, f)
    }
}
