//! No whole answer of the API.

use std::fmt;
use std::time::Duration;

use evergrant::error::{BoxError, TransportCause, innermost, report};
use evergrant_reqwest::transport_cause;

use super::Called;

/// The API could not be reached, did not answer in time, broke off, or sent us in circles.
pub struct HttpError {
    called: Called,
    failure: Failure,
}

pub(crate) enum Failure {
    /// What reqwest says, without the URL.
    Client(reqwest::Error),
    /// The head of a stream's answer did not come in time.
    Slow(Duration),
    /// Redirects without end, or past us.
    Redirects(&'static str),
    /// A stream has a line or an event that is too large.
    TooLarge(&'static str),
    /// Something else that the client underneath says.
    Other(BoxError),
}

impl HttpError {
    pub(crate) fn new(called: Called, failure: Failure) -> Self {
        let failure = match failure {
            Failure::Client(error) => Failure::Client(error.without_url()),
            failure => failure,
        };
        Self { called, failure }
    }

    /// The id of the operation that was called.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.called.id()
    }

    /// Whether a time limit passed.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        match &self.failure {
            Failure::Client(error) => error.is_timeout(),
            Failure::Slow(_) => true,
            _ => false,
        }
    }

    /// Whether there was no connection, so that the API has seen nothing of the call.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(&self.failure, Failure::Client(error) if error.is_connect())
    }

    /// Why there was no whole answer, if that can be told: its hint is the last part of the message.
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
            Failure::Slow(_) => true,
            Failure::Redirects(_) | Failure::TooLarge(_) | Failure::Other(_) => false,
        }
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let call = &self.called;
        match &self.failure {
            Failure::Client(error) if error.is_timeout() => write!(f, "{call} failed: its time limit passed"),
            Failure::Client(error) => {
                write!(f, "{call} failed: {}", innermost(error))?;
                match transport_cause(error) {
                    Some(cause) => write!(f, "; {}", cause.hint()),
                    None => Ok(()),
                }
            }
            Failure::Slow(limit) => write!(f, "{call} failed: no answer within {limit:?}"),
            Failure::Redirects(problem) => write!(f, "{call} was redirected {problem}"),
            Failure::TooLarge(what) => write!(f, "{call} failed: its answer has {what}"),
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
            Failure::Client(error) => Some(error),
            Failure::Other(error) => Some(&**error),
            _ => None,
        }
    }
}
