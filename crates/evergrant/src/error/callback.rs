//! The error of a failed callback of the application.

use std::fmt;
use std::sync::Arc;

use super::BoxError;

/// A callback of the application failed or returned an unusable value. [`source`](std::error::Error::source) returns
/// the callback's error.
#[derive(Clone)]
pub struct CallbackError {
    kind: CallbackKind,
    source: Arc<BoxError>,
    pub(super) call: Option<Arc<str>>,
}

/// The kind of code that an application supplies and the library calls, as named in an error: a token provider, a
/// client authentication method, and others.
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
}

impl CallbackError {
    pub(crate) fn new(kind: CallbackKind, source: BoxError) -> Self {
        Self {
            kind,
            source: Arc::new(source),
            call: None,
        }
    }

    /// Returns the kind of the callback that failed.
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
        };
        write!(
            f,
            "the application's {kind} failed: {}; the next call tries again",
            self.source
        )
    }
}

impl std::error::Error for CallbackError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&**self.source)
    }
}
