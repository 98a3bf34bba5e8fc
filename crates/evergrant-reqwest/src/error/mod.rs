//! The error type of authorized calls.

mod classify;

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use evergrant::ApiError;
use evergrant::error::{BoxError, Call, TransportCause, innermost, report};
use http::Method;

use crate::error_cause::transport_cause;

/// The error of an authorized call.
///
/// Every message contains the call's method and its URL without query, user information and fragment. `Debug` writes
/// the same message as `Display`, so that the error is readable if `main` returns it
/// ([`report`](evergrant::error::report)).
///
/// All clients of this crate return this error. The async client returns a [`reqwest::Response`], so that functions and
/// crates that take one work unchanged. Its own methods, such as [`json`](reqwest::Response::json), return a
/// [`reqwest::Error`], which `?` converts to this error. The message of a converted error names the URL without the
/// method.
///
/// ```
/// # #[derive(serde::Deserialize)] struct Book;
/// # use evergrant_reqwest::{Client, Error};
/// async fn books(api: &Client) -> Result<Vec<Book>, Error> {
///     Ok(api.get("books").send_ok().await?.json().await?)
/// }
///
/// async fn books_or_none(api: &Client) -> Result<Vec<Book>, Error> {
///     match books(api).await {
///         Err(error) if error.status().is_some_and(|status| status == 404) => Ok(Vec::new()),
///         outcome => outcome,
///     }
/// }
/// ```
#[non_exhaustive]
pub enum Error {
    /// No credentials could be applied to the call, or its URL is not allowed to receive credentials. Either nothing
    /// was sent to the API, or the API returned a 401 and the renewal of the token failed.
    Authorization(evergrant::Error),
    /// The API returned a status of 400 or more, and the call was sent with
    /// [`send_ok`](crate::RequestBuilder::send_ok).
    Api(Box<ApiError>),
    /// The API could not be reached, or the connection broke. This variant also contains all other errors of reqwest.
    Http {
        /// The call: its method, and its URL without query.
        call: String,
        /// The error of reqwest, without the URL.
        source: reqwest::Error,
    },
    /// The connection broke while the request body was sent and before a response arrived, and broke again with a new
    /// token. The token is therefore not the cause. The server may have rejected the request because of its head, such
    /// as its size, and closed the connection.
    #[non_exhaustive]
    Interrupted {
        /// The call: its method, and its URL without query.
        call: String,
        /// The error of reqwest, without the URL.
        source: reqwest::Error,
    },
    /// The [time limit](crate::RequestBuilder::timeout) that was set for this call was reached while the call waited
    /// for a token.
    Timeout {
        /// The call: its method, and its URL without query.
        call: String,
        /// The time limit of the call.
        limit: Duration,
    },
    /// The time limit that was set for this call was reached while the call waited for the response, and the
    /// application has paused Tokio's clock. If the clock runs, reqwest measures this limit, and the error is
    /// [`Http`](Self::Http).
    #[non_exhaustive]
    NoResponse {
        /// The call: its method, and its URL without query.
        call: String,
        /// The time limit of the call.
        limit: Duration,
    },
    /// The request is invalid, for example because of a malformed URL, header or body. The text contains the method and
    /// the URL of the call if they are known.
    Request(String),
    /// The API redirected more than ten times.
    TooManyRedirects {
        /// The call: its method, and its URL without query.
        call: String,
    },
    /// The application's HTTP client followed a redirect to another origin, and may have sent credentials there. Build
    /// the client with [`Policy::none()`](reqwest::redirect::Policy::none).
    UnexpectedRedirect {
        /// The call: its method, and its URL without query.
        call: String,
        /// The origin that sent the response.
        to: String,
    },
    /// The body of a response is not valid JSON, or does not have the expected fields.
    Json {
        /// The call: its method, and its URL without query.
        call: String,
        /// The error of the JSON parser.
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

    pub(crate) fn interrupted(call: String, source: reqwest::Error) -> Self {
        let source = source.without_url();
        Self::Interrupted { call, source }
    }

    /// Adds the call to an error that does not name it yet.
    pub(crate) fn for_call(self, call: String) -> Self {
        match self {
            Self::Authorization(error) => Self::Authorization(error.for_call(call)),
            Self::Request(problem) => Self::Request(format!("{call}: {problem}")),
            named => named,
        }
    }
}

impl From<evergrant::Error> for Error {
    fn from(error: evergrant::Error) -> Self {
        Self::Authorization(error)
    }
}

/// Converts an error of reqwest's own methods, such as `json`. The message has the URL without query, if it is known.
impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        let call = match error.url() {
            Some(url) => Call::new(&Method::GET, url).url(),
            None => "a call".to_owned(),
        };
        if error.is_decode() && error.source().is_some_and(|source| source.is::<serde_json::Error>()) {
            let source = error.without_url().into();
            return Self::Json { call, source };
        }
        let call = match error.is_body() || error.is_decode() {
            true => format!("reading the response to {call}"),
            false => call,
        };
        Self::http(call, error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authorization(error) => error.fmt(f),
            Self::Api(error) => error.fmt(f),
            Self::Http { call, source } => {
                write!(f, "{call} failed: {}", innermost(source))?;
                match transport_cause(source) {
                    Some(cause) => write!(f, "; {}", cause.hint()),
                    None => Ok(()),
                }
            }
            Self::Interrupted { call, source } => write!(
                f,
                "{call} failed: {}; {}",
                innermost(source),
                TransportCause::UploadClosed.hint()
            ),
            Self::Timeout { call, limit } => write!(
                f,
                "{call} was not sent within its time limit of {limit:?}, because it waited for a token; the authorization server is slow, the program's threads are blocked, or the limit is too low"
            ),
            Self::Request(problem) => write!(f, "the request cannot be sent: {problem}"),
            Self::NoResponse { call, limit } => write!(f, "{call} failed: no response within {limit:?}"),
            Self::TooManyRedirects { call } => {
                write!(f, "{call} was redirected more than ten times")
            }
            Self::UnexpectedRedirect { call, to } => write!(
                f,
                "the HTTP client followed a redirect of {call} to {to}, and may have sent credentials there; build that client with redirect::Policy::none() (with reqwest-middleware, call follow_redirects() on the builder of Authorize)"
            ),
            Self::Json { call, source } => {
                write!(
                    f,
                    "the response to {call} is not the expected JSON: {}",
                    innermost(&**source)
                )
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Authorization(error) => error.source(),
            Self::Http { source, .. } | Self::Interrupted { source, .. } => Some(source),
            Self::Json { source, .. } => Some(&**source),
            Self::Api(_)
            | Self::Timeout { .. }
            | Self::NoResponse { .. }
            | Self::Request(_)
            | Self::TooManyRedirects { .. }
            | Self::UnexpectedRedirect { .. } => None,
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        report(self, f)
    }
}
