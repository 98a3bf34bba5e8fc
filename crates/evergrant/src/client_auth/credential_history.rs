//! Tracks which of a client's credentials the server has accepted or rejected.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::ClientCredential;
use crate::Secret;

/// Tracks which credential the server accepted last, and which ones it rejected.
#[derive(Default)]
pub(crate) struct CredentialHistory(Mutex<History>);

#[derive(Default)]
struct History {
    accepted: Option<Secret>,
    rejected: Option<Vec<Secret>>,
}

impl CredentialHistory {
    /// Moves the last accepted credential to the front.
    pub(crate) fn sort(&self, credentials: &mut [ClientCredential]) {
        let history = self.lock();
        let Some(accepted) = &history.accepted else {
            return;
        };
        if let Some(index) = credentials.iter().position(|known| known.id.same_as(accepted)) {
            credentials[..=index].rotate_right(1);
        }
    }

    pub(crate) fn accept(&self, credential: &ClientCredential) {
        *self.lock() = History {
            accepted: Some(credential.id.clone()),
            rejected: None,
        };
    }

    pub(crate) fn reject(&self, credentials: &[ClientCredential]) {
        self.lock().rejected = Some(credentials.iter().map(|credential| credential.id.clone()).collect());
    }

    /// Returns whether these credentials differ from the rejected ones.
    pub(crate) fn are_new(&self, credentials: &[ClientCredential]) -> bool {
        let history = self.lock();
        let Some(rejected) = &history.rejected else {
            return false;
        };
        let was_rejected = |credential: &ClientCredential| rejected.iter().any(|id| id.same_as(&credential.id));
        credentials.len() != rejected.len() || !credentials.iter().all(was_rejected)
    }

    fn lock(&self) -> MutexGuard<'_, History> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
