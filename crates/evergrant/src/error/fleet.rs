//! Another process of the fleet could not fetch a token, and this one need not try yet.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use super::{ClientContext, Error, Hint, Refusal, TransportErrorKind};

/// What a store remembers of another process's failed fetch, or of an earlier run's. Nothing was sent.
#[derive(Clone)]
pub struct FleetError {
    pub(crate) client: Arc<ClientContext>,
    pub(crate) message: String,
    pub(crate) cause: SharedCause,
    pub(crate) left: Duration,
    pub(crate) asked_for: bool,
    pub(crate) is_earlier: bool,
}

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FleetFailure {
    /// The authorization server refused: [`Error::OAuthProvider`] where it happened.
    Refused,
    /// The server answered with nothing usable: [`Error::TokenResponse`], or a body that is too large.
    UnusableResponse,
    /// The server could not be reached, or gave no answer in time: [`Error::Unreachable`] or [`Error::Timeout`].
    Unreachable,
    /// A process with another version of this library does not say.
    Unknown,
}

/// What processes tell each other of a failure, beside its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SharedCause {
    pub(crate) failure: FleetFailure,
    /// Of a refusal.
    pub(crate) status: Option<StatusCode>,
    pub(crate) code: Option<String>,
    pub(crate) hints: Vec<Hint>,
    pub(crate) is_retryable: bool,
}

impl FleetError {
    /// Which client, at which endpoint.
    #[must_use]
    pub fn client(&self) -> &ClientContext {
        &self.client
    }

    /// The other process's error, as text; of a refusal without the [hints](Self::hints).
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What kind of failure it was.
    #[must_use]
    pub fn failure(&self) -> FleetFailure {
        self.cause.failure
    }

    /// The status of a refusal.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.cause.status
    }

    /// The error code of a refusal, such as `invalid_scope`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.cause.code.as_deref()
    }

    /// What may help against a refusal.
    #[must_use]
    pub fn hints(&self) -> &[Hint] {
        &self.cause.hints
    }

    /// Whether the failure may pass by itself, as it was where it happened.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.cause.is_retryable
    }

    /// Whether it happened before this process asked. Otherwise it did while this process waited for the other one's token.
    #[must_use]
    pub fn is_earlier(&self) -> bool {
        self.is_earlier
    }

    /// For how long the failure was still to be remembered.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.left
    }

    /// The same, where the server itself has asked for the pause (`Retry-After`).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.asked_for.then_some(self.left)
    }

    /// The failure's message, with `words` in place of this library's for the hints that it gives words for, as in
    /// [`OAuthProviderError::message_with`](super::OAuthProviderError::message_with). It says neither whose failure it was nor for
    /// how long it is remembered.
    #[must_use]
    pub fn message_with(&self, words: impl Fn(Hint) -> Option<String>) -> String {
        let mut message = self.message.clone();
        // Writing to a string cannot fail.
        let _ = Hint::write_all(&self.cause.hints, &mut message, words);
        message
    }

    pub(super) fn refusal(&self) -> Refusal {
        let status = self.cause.status;
        status.map_or(Refusal::None, |status| Refusal::of(self.code(), status))
    }
}

impl SharedCause {
    pub(crate) fn of(error: &Error) -> Self {
        let failure = match error {
            Error::OAuthProvider(_) => FleetFailure::Refused,
            Error::TokenResponse(_) => FleetFailure::UnusableResponse,
            Error::Unreachable(error) if error.kind() == TransportErrorKind::TooLarge => FleetFailure::UnusableResponse,
            Error::Unreachable(_) | Error::Timeout(_) => FleetFailure::Unreachable,
            _ => FleetFailure::Unknown,
        };
        let refusal = match error {
            Error::OAuthProvider(refusal) => Some(refusal),
            _ => None,
        };
        Self {
            failure,
            status: refusal.map(|refusal| refusal.status()),
            code: refusal.and_then(|refusal| refusal.code().map(str::to_owned)),
            hints: refusal.map(|refusal| refusal.hints()).unwrap_or_default(),
            is_retryable: error.is_retryable(),
        }
    }

    /// Of a failure of which nothing else is known.
    pub(crate) fn unknown() -> Self {
        Self {
            failure: FleetFailure::Unknown,
            status: None,
            code: None,
            hints: Vec::new(),
            is_retryable: true,
        }
    }
}

impl fmt::Display for FleetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_earlier {
            true => write!(f, "an earlier attempt to fetch a token for {} failed: ", self.client)?,
            false => write!(
                f,
                "another process that shares the token of {} could not fetch one: ",
                self.client
            )?,
        }
        let left = self.left.as_secs_f64().ceil();
        let message = self.message_with(|_| None);
        write!(f, "{message}; the server is asked again in {left} s at the earliest")
    }
}

impl std::error::Error for FleetError {}
