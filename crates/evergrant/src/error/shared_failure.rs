//! The error of a fetch that failed in another process that shares the token.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use super::{ClientContext, Error, Hint, RejectionClass, TransportErrorKind};

/// A fetch failed a short time ago in another process that shares the token, or in an earlier run of this one, and the
/// failure is recorded in the store. This process sent no request.
#[derive(Clone)]
pub struct SharedFailureError {
    pub(crate) client: Arc<ClientContext>,
    pub(crate) message: String,
    pub(crate) cause: SharedCause,
    pub(crate) remaining: Duration,
    pub(crate) server_requested: bool,
    pub(crate) is_earlier: bool,
}

/// The kind of failure that another process recorded in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SharedFailureKind {
    /// The authorization server rejected the token request. In the process that fetched, this was
    /// [`Error::OAuthProvider`].
    Rejected,
    /// The response of the token endpoint was not usable. In the process that fetched, this was
    /// [`Error::TokenResponse`], or a body that was too large.
    UnusableResponse,
    /// The token endpoint could not be reached, or did not respond in time. In the process that fetched, this was
    /// [`Error::Unreachable`] or [`Error::Timeout`].
    Unreachable,
    /// The store does not contain the kind, because another version of this library recorded the failure.
    Unknown,
}

/// What processes share about a failure in addition to its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SharedCause {
    pub(crate) kind: SharedFailureKind,
    /// Set for a rejection.
    pub(crate) status: Option<StatusCode>,
    pub(crate) code: Option<String>,
    pub(crate) hints: Vec<Hint>,
    pub(crate) is_retryable: bool,
}

impl SharedFailureError {
    /// Returns the client and its token endpoint.
    #[must_use]
    pub fn client(&self) -> &ClientContext {
        &self.client
    }

    /// Returns the message of the original error. For a rejection, the message does not include the
    /// [hints](Self::hints).
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the kind of failure.
    #[must_use]
    pub fn kind(&self) -> SharedFailureKind {
        self.cause.kind
    }

    /// Returns the HTTP status of the rejection; `None` for other failures.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.cause.status
    }

    /// Returns the error code of the rejection, such as `invalid_scope`; `None` for other failures or if the server
    /// sent none.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.cause.code.as_deref()
    }

    /// Returns the possible remedies for the rejection, the most likely one first. Empty for other failures.
    #[must_use]
    pub fn hints(&self) -> &[Hint] {
        &self.cause.hints
    }

    /// Returns whether the original failure was retryable.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.cause.is_retryable
    }

    /// Returns whether the failure happened before this process requested the token. Otherwise, the failure happened
    /// while this process was waiting for the other process's token.
    #[must_use]
    pub fn is_earlier(&self) -> bool {
        self.is_earlier
    }

    /// Returns how long calls still fail fast because of this failure, counted from the creation of this error.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.remaining
    }

    /// Returns the [remaining time](Self::remaining) if the server requested the pause with `Retry-After`; otherwise
    /// `None`.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.server_requested.then_some(self.remaining)
    }

    /// Returns the message of the original error with other hints, like
    /// [`OAuthProviderError::message_with`](super::OAuthProviderError::message_with). `words` is called for each hint;
    /// if it returns `None`, the message contains this library's text. The message mentions neither the other process
    /// nor the remaining time.
    #[must_use]
    pub fn message_with(&self, words: impl Fn(Hint) -> Option<String>) -> String {
        let mut message = self.message.clone();
        // Writing to a string cannot fail.
        let _ = Hint::write_all(&self.cause.hints, &mut message, words);
        message
    }

    pub(super) fn rejection_class(&self) -> RejectionClass {
        let status = self.cause.status;
        status.map_or(RejectionClass::Transient, |status| {
            RejectionClass::of(self.code(), status)
        })
    }
}

#[cfg(test)]
impl SharedFailureError {
    /// Creates a failure for tests. A status makes it a rejection.
    pub(crate) fn example(status: Option<u16>, remaining: Duration, server_requested: bool) -> Self {
        let status = status.map(|status| StatusCode::from_u16(status).unwrap());
        let endpoint = url::Url::parse("https://auth.example.com/token").unwrap();
        Self {
            client: Arc::new(ClientContext::new("client", &endpoint)),
            message: String::new(),
            cause: SharedCause {
                status,
                ..SharedCause::unknown()
            },
            remaining,
            server_requested,
            is_earlier: false,
        }
    }
}

impl SharedCause {
    pub(crate) fn of(error: &Error) -> Self {
        let kind = match error {
            Error::OAuthProvider(_) => SharedFailureKind::Rejected,
            Error::TokenResponse(_) => SharedFailureKind::UnusableResponse,
            Error::Unreachable(error) if error.kind() == TransportErrorKind::TooLarge => {
                SharedFailureKind::UnusableResponse
            }
            Error::Unreachable(_) | Error::Timeout(_) => SharedFailureKind::Unreachable,
            _ => SharedFailureKind::Unknown,
        };
        let rejection = match error {
            Error::OAuthProvider(rejection) => Some(rejection),
            _ => None,
        };
        Self {
            kind,
            status: rejection.map(|rejection| rejection.status()),
            code: rejection.and_then(|rejection| rejection.code().map(str::to_owned)),
            hints: rejection.map(|rejection| rejection.hints()).unwrap_or_default(),
            is_retryable: error.is_retryable(),
        }
    }

    /// A failure of unknown kind.
    pub(crate) fn unknown() -> Self {
        Self {
            kind: SharedFailureKind::Unknown,
            status: None,
            code: None,
            hints: Vec::new(),
            is_retryable: true,
        }
    }
}

impl fmt::Display for SharedFailureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_earlier {
            true => write!(f, "an earlier attempt to fetch a token for {} failed: ", self.client)?,
            false => write!(
                f,
                "another process that shares the token of {} failed to fetch it: ",
                self.client
            )?,
        }
        let left = self.remaining.as_secs_f64().ceil();
        let message = self.message_with(|_| None);
        write!(f, "{message}; the next request is sent after {left} s at the earliest")
    }
}

impl std::error::Error for SharedFailureError {}
