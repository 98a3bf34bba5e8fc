//! The error type for failures of the HTTP connection.

use std::fmt;
use std::time::Duration;

use evergrant::error::{BoxError, TransportCause, innermost, report};
use evergrant_reqwest::transport_cause;

use super::CallName;

/// The error of a call whose HTTP exchange failed: the API could not be reached, did not respond in time, closed the
/// connection, or redirected too often.
pub struct HttpError {
    call: CallName,
    failure: Failure,
}

pub(crate) enum Failure {
    /// An error of reqwest, without the URL.
    Client(reqwest::Error),
    /// The server closed the connection while the body of an upload was sent, with a renewed token too.
    Interrupted(reqwest::Error),
    /// The response head of a streaming call did not arrive within this time.
    TimedOut(Duration),
    /// The time limit of the call was reached while it waited for a token.
    NoToken(Duration),
    /// Too many redirects, or a redirect that the HTTP client followed by itself.
    Redirects(&'static str),
    /// An event stream contains a line or an event that is too large.
    TooLarge(&'static str),
    /// Any other HTTP client error.
    Other(BoxError),
}

impl HttpError {
    pub(crate) fn new(call: CallName, failure: Failure) -> Self {
        let failure = match failure {
            Failure::Client(error) => Failure::Client(error.without_url()),
            Failure::Interrupted(error) => Failure::Interrupted(error.without_url()),
            failure => failure,
        };
        Self { call, failure }
    }

    /// Returns the id of the operation that was called.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.call.id()
    }

    /// Returns whether the call failed because its time limit was reached, or a time limit of the HTTP client.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        match &self.failure {
            Failure::Client(error) => error.is_timeout(),
            Failure::TimedOut(_) | Failure::NoToken(_) => true,
            _ => false,
        }
    }

    /// Returns whether the HTTP client could not establish a connection. In this case, the API received nothing.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(&self.failure, Failure::Client(error) if error.is_connect())
    }

    /// Returns the cause of the failure, such as an expired certificate, or `None` if it is not known. The message of
    /// the error ends with the remedy for this cause: see [`TransportCause::hint`].
    #[must_use]
    pub fn transport_cause(&self) -> Option<TransportCause> {
        match &self.failure {
            Failure::Client(error) => transport_cause(error),
            _ => None,
        }
    }

    pub(super) fn is_retryable(&self) -> bool {
        match &self.failure {
            Failure::Client(error) => !transport_cause(error).is_some_and(|cause| cause.is_permanent()),
            Failure::TimedOut(_) | Failure::NoToken(_) => true,
            Failure::Interrupted(_) | Failure::Redirects(_) | Failure::TooLarge(_) | Failure::Other(_) => false,
        }
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let call = &self.call;
        match &self.failure {
            Failure::Client(error) if error.is_timeout() => write!(f, "{call} failed: the time limit passed"),
            Failure::Client(error) => {
                write!(f, "{call} failed: {}", innermost(error))?;
                match transport_cause(error) {
                    Some(cause) => write!(f, "; {}", cause.hint()),
                    None => Ok(()),
                }
            }
            Failure::Interrupted(error) => write!(
                f,
                "{call} failed: {}; {}",
                innermost(error),
                TransportCause::UploadClosed.hint()
            ),
            Failure::TimedOut(limit) => write!(f, "{call} failed: no response within {limit:?}"),
            Failure::NoToken(limit) => write!(
                f,
                "{call} was not sent within its time limit of {limit:?}, because it waited for a token; the authorization server is slow, the program's threads are blocked, or the limit is too low"
            ),
            Failure::Redirects(problem) => write!(f, "{call} was redirected {problem}"),
            Failure::TooLarge(what) => write!(f, "{call} failed: the response contains {what}"),
            Failure::Other(error) => write!(f, "{call} failed: {error}"),
        }
    }
}

impl fmt::Debug for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        report(self, f)
    }
}

impl std::error::Error for HttpError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.failure {
            Failure::Client(error) | Failure::Interrupted(error) => Some(error),
            Failure::Other(error) => Some(&**error),
            _ => None,
        }
    }
}
