//! A callback of the application failed.

use std::fmt;
use std::sync::Arc;

use super::BoxError;

/// A callback failed, or gave something that cannot be used; its own error is the source.
#[derive(Clone)]
pub struct CallbackError {
    kind: CallbackKind,
    source: Arc<BoxError>,
    pub(super) call: Option<Arc<str>>,
}

/// Which callback it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallbackKind {
    /// The token provider.
    TokenProvider,
    /// The credential provider.
    CredentialProvider,
    /// A scheme of its own.
    Scheme,
}

impl CallbackError {
    pub(crate) fn new(kind: CallbackKind, source: BoxError) -> Self {
        Self {
            kind,
            source: Arc::new(source),
            call: None,
        }
    }

    /// Which callback it was.
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
            CallbackKind::Scheme => "authentication scheme",
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
