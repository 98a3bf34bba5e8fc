//! The error of a failed operation of a token store.

use std::fmt;
use std::sync::Arc;

use super::{BoxError, innermost};

/// The error of an operation of a [`TokenStore`](crate::store::TokenStore), through which processes share tokens. Cheap
/// to clone.
#[derive(Clone)]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Arc<BoxError>,
}

/// The kind of a token store's failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The storage engine, such as Redis or a file system, cannot be reached, or the connection to it broke.
    Unavailable,
    /// The storage engine did not respond in time.
    Timeout,
    /// The storage engine denied access: wrong password, missing permission, read-only replica, or a file that other
    /// users can read.
    Rejected,
    /// Other processes changed the store's record during each attempt to write it.
    Contended,
    /// The record in the store cannot be used: it has another format, belongs to another key, or was written by a newer
    /// version of this library.
    Unusable,
    /// Any other failure.
    Other,
}

impl StoreError {
    /// Creates the error of a token store, of this kind. `source` is shown in messages, so it must contain neither the
    /// content of a record nor a password.
    pub fn new(kind: StoreErrorKind, source: impl Into<BoxError>) -> Self {
        Self {
            kind,
            source: Arc::new(source.into()),
        }
    }

    pub(crate) fn timeout(limit: std::time::Duration) -> Self {
        Self::new(StoreErrorKind::Timeout, format!("after {limit:?}"))
    }

    /// Returns the kind of the token store's failure.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = innermost(&**self.source);
        f.write_str(match self.kind {
            StoreErrorKind::Unavailable => "the token store cannot be reached",
            StoreErrorKind::Timeout => "the token store did not respond in time",
            StoreErrorKind::Rejected => "the token store denied access",
            StoreErrorKind::Contended => "the record in the token store changes faster than it can be written",
            StoreErrorKind::Unusable => "the record in the token store cannot be used",
            StoreErrorKind::Other => "the token store failed",
        })?;
        if !text.is_empty() {
            write!(f, " ({text})")?;
        }
        f.write_str(match self.kind {
            StoreErrorKind::Unavailable | StoreErrorKind::Timeout => {
                "; check its URL, and that it is running and reachable from this machine"
            }
            StoreErrorKind::Rejected => "; check its credentials and permissions",
            StoreErrorKind::Contended => "; let fewer processes share the record, for example by separate namespaces",
            StoreErrorKind::Unusable => {
                "; remove it with `evergrant store clear`, or with the store's own tools if it cannot be loaded"
            }
            StoreErrorKind::Other => "",
        })
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&**self.source)
    }
}
