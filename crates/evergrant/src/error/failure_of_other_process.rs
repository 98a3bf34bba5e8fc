//! The error of a token request that failed in another process that shares the token.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use super::{ClientContext, Error, Hint, RejectionClass, TransportErrorKind};

/// The error of a token request that failed a short time ago in another process that shares the token, or in an earlier
/// run of this process. The store contains the failure, so this process sent no request.
#[derive(Clone)]
pub struct SharedFailureError {
    pub(crate) client: Arc<ClientContext>,
    pub(crate) message: String,
    pub(crate) cause: SharedCause,
    pub(crate) remaining: Duration,
    pub(crate) server_requested: bool,
    pub(crate) is_earlier: bool,
}

/// The kind of failure that another process recorded in the token store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SharedFailureKind {
    /// The authorization server rejected the token request. The other process returned [`Error::OAuthProvider`].
    Rejected,
    /// The response of the token endpoint was not usable. The other process returned [`Error::TokenResponse`], or an
    /// error about a response body that was too large.
    UnusableResponse,
    /// The token endpoint could not be reached, or did not respond in time. The other process returned
    /// [`Error::Unreachable`] or [`Error::Timeout`].
    Unreachable,
    /// The kind is unknown, because a process with another version of this library recorded the failure.
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
    /// Returns the client and the token endpoint that the error is about.
    #[must_use]
    pub fn client(&self) -> &ClientContext {
        &self.client
    }

    /// Returns the error message of the process whose token request failed. For a rejection by the authorization
    /// server, the message does not include the remedies of the [hints](Self::hints).
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the kind of the other process's failure.
    #[must_use]
    pub fn kind(&self) -> SharedFailureKind {
        self.cause.kind
    }

    /// Returns the HTTP status of the token endpoint's response, if the server rejected the token request. Returns
    /// `None` for other failures.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.cause.status
    }

    /// Returns the error code of the token endpoint's response, such as `invalid_scope`, if the server rejected the
    /// token request. Returns `None` for other failures, and if the response has no code.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.cause.code.as_deref()
    }

    /// Returns the likely problems of the rejected token request as hints, the most likely one first. Empty for other
    /// failures.
    #[must_use]
    pub fn hints(&self) -> &[Hint] {
        &self.cause.hints
    }

    /// Returns whether the same token request may succeed later without any change.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.cause.is_retryable
    }

    /// Returns whether the failed token request had ended before this process needed a token. If `true`, the failure
    /// was already in the store, so no call waited. If `false`, another process was fetching the token, and the calls
    /// of this process waited for it until it failed.
    #[must_use]
    pub fn is_earlier(&self) -> bool {
        self.is_earlier
    }

    /// Returns how long, counted from the creation of this error, this process sends no token request because of the
    /// other process's failure. Calls fail until then.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.remaining
    }

    /// Returns how long the authorization server asked to wait with `Retry-After`, counted from the creation of this
    /// error. Returns `None` if the server requested no wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.server_requested.then_some(self.remaining)
    }

    /// Returns the error message of the process whose token request failed, with other texts for the remedies, like
    /// [`OAuthProviderError::message_with`](super::OAuthProviderError::message_with). `words` returns the text for each
    /// hint, or `None` for the default text. The message mentions neither the other process nor how long calls still
    /// fail.
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
