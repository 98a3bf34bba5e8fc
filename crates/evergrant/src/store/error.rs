//! The store gave no answer, or one that makes no sense.

use std::fmt;
use std::sync::Arc;

use crate::error::{BoxError, innermost};

/// Why a [`TokenStore`](super::TokenStore) could not do what it was asked. Cheap to clone.
#[derive(Clone)]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Arc<BoxError>,
}

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The engine cannot be reached, or went away on the way.
    Unavailable,
    /// It gave no answer in time.
    Timeout,
    /// It does not let us: a wrong password, a missing right, a read-only replica, a file that others can read.
    Refused,
    /// So many others write the same record that there was no turn for us.
    Contended,
    /// The record cannot be used: it is not ours, is for another key, or of a newer version of this library.
    Unusable,
    /// Anything else.
    Other,
}

impl StoreError {
    /// A failure of the given kind. `source` must name neither a record nor a password.
    pub fn new(kind: StoreErrorKind, source: impl Into<BoxError>) -> Self {
        Self {
            kind,
            source: Arc::new(source.into()),
        }
    }

    pub(crate) fn timeout(limit: std::time::Duration) -> Self {
        Self::new(StoreErrorKind::Timeout, format!("after {limit:?}"))
    }

    /// The kind of failure.
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
            StoreErrorKind::Timeout => "the token store does not answer in time",
            StoreErrorKind::Refused => "the token store refuses us",
            StoreErrorKind::Contended => "the token store's record changes faster than it can be written",
            StoreErrorKind::Unusable => "the token store's record cannot be used",
            StoreErrorKind::Other => "the token store failed",
        })?;
        if !text.is_empty() {
            write!(f, " ({text})")?;
        }
        f.write_str(match self.kind {
            StoreErrorKind::Unavailable | StoreErrorKind::Timeout => {
                "; check its URL, and that it runs and can be reached from here"
            }
            StoreErrorKind::Refused => "; check the credentials and rights that it is used with",
            StoreErrorKind::Contended => "; give the processes fewer reasons to write, or namespaces of their own",
            StoreErrorKind::Unusable => {
                "; `evergrant store clear` removes it where it can be loaded, and the store's own tools do in any case"
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
