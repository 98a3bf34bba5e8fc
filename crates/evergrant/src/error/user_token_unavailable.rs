//! The error of a user's token that is not available because the token store failed.

use std::fmt;
use std::sync::Arc;

use super::{ClientContext, StoreError, StoreErrorKind};

/// The error of a user's token that cannot be loaded, renewed or saved, because the token store failed. Without the
/// store, no process sends a user's refresh token, because another process may have used it already.
#[derive(Clone)]
pub struct StoreFailedError {
    pub(crate) client: Arc<ClientContext>,
    /// `None` if the store is not used for a while because it failed earlier.
    pub(crate) error: Option<StoreError>,
}

impl StoreFailedError {
    /// Returns the client and the token endpoint that the error is about.
    #[must_use]
    pub fn client(&self) -> &ClientContext {
        &self.client
    }

    /// Returns the error of the token store. Returns `None` if the store failed for an earlier call, after which the
    /// store is not used for up to 30 s.
    #[must_use]
    pub fn store_error(&self) -> Option<&StoreError> {
        self.error.as_ref()
    }

    /// Returns whether the same call may succeed later without any change.
    pub(super) fn is_retryable(&self) -> bool {
        let kind = self.error.as_ref().map(StoreError::kind);
        !matches!(kind, Some(StoreErrorKind::Rejected | StoreErrorKind::Unusable))
    }
}

impl fmt::Display for StoreFailedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the token of a user of {} is not available: ", self.client)?;
        match &self.error {
            Some(error) => error.fmt(f),
            None => f.write_str(
                "the token store failed a short time ago, and is not used yet; try again, and see the event evergrant.store_failed",
            ),
        }
    }
}

impl std::error::Error for StoreFailedError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.as_ref().map(|error| error as _)
    }
}
