//! The tokens of users in a store. Unlike a client's token, a user's token cannot be fetched again: without the store,
//! no process renews it, and a missing record means that the user has signed out.

use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use super::Coordinator;
use super::fetch_with_store::newest;
use crate::error::{Error, StoreFailedError};
use crate::manager::fetch::{FetchOutcome, FetchRequest, Priority, Source};
use crate::metrics::StoreOperation;
use crate::runtime::Timestamp;
use crate::store::{Lease, SaveOutcome, Snapshot, StoreError, StoredToken};
use crate::token::Token;
use crate::token_generation::StoreGeneration;

/// How soon a renewal reads the record again whose holder's lease has expired.
const LAPSED_LEASE_PAUSE: Duration = Duration::from_secs(1);

impl Coordinator {
    pub(in crate::manager) fn is_for_user(&self) -> bool {
        self.leased_record.is_for_user()
    }

    /// Saves the token of a user who has just signed in, in place of the user's earlier one.
    pub(in crate::manager) async fn sign_in(&self, token: &Token, received: Timestamp) -> Result<Token, Error> {
        let saving = self.leased_record.replace(token, received);
        match self.within_change_limit(saving).await {
            Ok(generation) => {
                self.set_unsaved(None);
                self.store_responded();
                Ok(token.clone().with_saved_generation(generation, received))
            }
            Err(error) => Err(self.change_failed(StoreOperation::Save, error)),
        }
    }

    /// Removes the token of a user, so that no process uses it any more.
    pub(in crate::manager) async fn sign_out(&self) -> Result<(), Error> {
        match self.within_change_limit(self.leased_record.clear()).await {
            Ok(_) => {
                self.set_unsaved(None);
                self.store_responded();
                Ok(())
            }
            Err(error) => Err(self.change_failed(StoreOperation::Release, error)),
        }
    }

    /// Saves a token again that could not be saved.
    pub(in crate::manager) async fn save_again(
        &self,
        lease: &Lease,
        token: &Token,
        received: Timestamp,
    ) -> Result<SaveOutcome, StoreError> {
        let saving = self.leased_record.save_renewed(lease, token, received);
        let outcome = self.within_change_limit(saving).await?;
        if let SaveOutcome::Saved(_) = outcome {
            self.set_unsaved(None);
            self.store_responded();
        }
        Ok(outcome)
    }

    /// Returns the outcome for a user without a token to renew. An error means that this process cannot read the token.
    pub(super) fn signed_out(
        &self,
        snapshot: &Snapshot,
        stored: Option<&StoredToken>,
        request: &FetchRequest,
        source: &Source,
    ) -> Result<Option<FetchOutcome>, (StoreOperation, StoreError)> {
        if !self.is_for_user() {
            return Ok(None);
        }
        if self.leased_record.is_signed_out(snapshot) {
            return Ok(Some(FetchOutcome::SignedOut));
        }
        let readable = self.leased_record.check_readable(snapshot, stored);
        readable.map_err(|error| (StoreOperation::Load, error))?;
        let last = newest(stored.map(|stored| stored.token.clone()), request.last.clone());
        Ok((!source.can_fetch(last.as_ref())).then_some(FetchOutcome::SignedOut))
    }

    /// Returns how long to leave the renewal to another process whose lease has expired. It may have sent the refresh
    /// token, and may still save the new one: it is slow, or has lost its connection to the store. While this process
    /// has a valid token, there is time until shortly before it expires.
    pub(super) fn leaves_renewal_to_lapsed_holder(
        &self,
        request: &FetchRequest,
        snapshot: &Snapshot,
    ) -> Option<Duration> {
        let Priority::Background(deadlines) = &request.priority else {
            return None;
        };
        let lease = snapshot.record.lease.as_ref().filter(|_| self.is_for_user())?;
        if lease.owner == self.leased_record.owner() {
            return None;
        }
        let (hard, lifetime) = deadlines.hard.zip(deadlines.lifetime)?;
        let due = hard.minus(self.fetch_timeout.min(lifetime / 10));
        let left = self.runtime.now().until(due);
        (!left.is_zero()).then_some(left.min(LAPSED_LEASE_PAUSE))
    }

    /// Returns the outcome while the store cannot be used. No process sends the refresh token: another one may have
    /// sent it, and the server would then revoke all tokens of the sign-in (RFC 9700 section 4.14.2).
    pub(super) fn without_store(
        &self,
        request: &FetchRequest,
        store_pause: Duration,
        error: Option<StoreError>,
    ) -> FetchOutcome {
        match request.has_waiting_callers() {
            true => FetchOutcome::Failed(self.store_failed_error(error)),
            false => FetchOutcome::Deferred(store_pause),
        }
    }

    /// Returns the generation that a user's unsaved token has replaced, if there is one.
    pub(super) fn replaced_generation(&self) -> Option<StoreGeneration> {
        *self.unsaved()
    }

    pub(super) fn set_unsaved(&self, replaced: Option<StoreGeneration>) {
        *self.unsaved() = replaced;
    }

    fn unsaved(&self) -> MutexGuard<'_, Option<StoreGeneration>> {
        self.unsaved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn change_failed(&self, operation: StoreOperation, error: StoreError) -> Error {
        self.store_failed(operation, &error);
        self.store_failed_error(Some(error))
    }

    pub(super) fn store_failed_error(&self, error: Option<StoreError>) -> Error {
        let client = Arc::clone(&self.client);
        Error::StoreFailed(Arc::new(StoreFailedError { client, error }))
    }
}
