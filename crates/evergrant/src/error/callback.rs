//! The error of a failed callback of the application.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::BoxError;

/// The error of application code that the library calls, such as a token provider: the code failed, or returned an
/// unusable value. [`source`](std::error::Error::source) returns the original error.
#[derive(Clone)]
pub struct CallbackError {
    kind: CallbackKind,
    source: Arc<BoxError>,
    is_retryable: bool,
    has_backoff: bool,
    retry_after: Option<Duration>,
    pub(super) call: Option<Arc<str>>,
}

/// The kind of application code that an error is about: a token provider, a client authentication method, or another
/// one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallbackKind {
    /// A [token provider](crate::TokenProvider).
    TokenProvider,
    /// A [provider of client secrets](crate::client_auth::CredentialProvider).
    CredentialProvider,
    /// A custom [grant](crate::Grant).
    Grant,
    /// A custom [client authentication method](crate::client_auth::ClientAuth).
    ClientAuth,
    /// A custom [authentication scheme](crate::scheme::Scheme).
    Scheme,
    /// A custom [proof of possession](crate::proof::Proof).
    Proof,
    /// A [source of assertions](crate::assertion::AssertionSource).
    Assertion,
}

impl CallbackError {
    pub(crate) fn new(kind: CallbackKind, source: BoxError) -> Self {
        Self {
            kind,
            source: Arc::new(source),
            is_retryable: false,
            has_backoff: false,
            retry_after: None,
            call: None,
        }
    }

    /// Sets whether the same call may succeed later without any change.
    pub(super) fn retryable(mut self, is_retryable: bool) -> Self {
        self.is_retryable = is_retryable;
        self
    }

    /// Marks a failure of a server that the library's own code asks: the next request to it waits, like one to a token
    /// endpoint. `retry_after` is the time that the server demands.
    pub(super) fn of_server(mut self, retry_after: Option<Duration>) -> Self {
        self.has_backoff = true;
        self.retry_after = retry_after;
        self
    }

    pub(crate) fn has_backoff(&self) -> bool {
        self.has_backoff
    }

    pub(super) fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    pub(super) fn is_retryable(&self) -> bool {
        self.is_retryable
    }

    /// Returns the kind of application code that failed.
    #[must_use]
    pub fn kind(&self) -> CallbackKind {
        self.kind
    }
}

impl fmt::Display for CallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            CallbackKind::TokenProvider => "token provider",
            CallbackKind::CredentialProvider => "credential provider",
            CallbackKind::Grant => "grant",
            CallbackKind::ClientAuth => "client authentication",
            CallbackKind::Scheme => "authentication scheme",
            CallbackKind::Proof => "proof of possession",
            CallbackKind::Assertion => "source of assertions",
        };
        match self.has_backoff {
            true => write!(f, "the {kind} failed: {}", self.source),
            false => write!(
                f,
                "the application's {kind} failed: {}; the next call tries again",
                self.source
            ),
        }
    }
}

impl std::error::Error for CallbackError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&**self.source)
    }
}
