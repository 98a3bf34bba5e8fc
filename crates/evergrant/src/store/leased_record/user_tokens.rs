//! Operations on the record of one user's token. Unlike a client's token, it cannot be fetched again: a user whose
//! record is missing has signed out, and only a new sign-in writes another one.

use std::time::Duration;

use super::{LeasedRecord, MAX_ATTEMPTS, Snapshot, contended, unusable_token};
use crate::Token;
use crate::runtime::Timestamp;
use crate::store::{Lease, StoreError, StoredToken, Swap, SwapOutcome};
use crate::token_generation::StoreGeneration;

/// The outcome of acquiring the lease of a user's record in order to remove it.
pub(crate) enum LeaseToEnd {
    /// This process has the lease. With the token, if the record has one.
    Acquired(Lease, Option<StoredToken>),
    /// Another process holds the lease, for at most this time.
    Held(Duration),
    /// There is no record.
    SignedOut,
}

impl LeasedRecord {
    /// Makes this the record of a user, which is kept for `retention` after its last write.
    pub(crate) fn for_user(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self.is_for_user = true;
        self
    }

    pub(crate) fn is_for_user(&self) -> bool {
        self.is_for_user
    }

    /// Returns whether this is the record of a user who has signed out.
    pub(crate) fn is_signed_out(&self, snapshot: &Snapshot) -> bool {
        self.is_for_user && snapshot.text.is_none()
    }

    /// Checks that this process can read the token of a user. Otherwise it would renew an older token, or report that
    /// the user has to sign in.
    pub(crate) fn check_readable(&self, snapshot: &Snapshot, stored: Option<&StoredToken>) -> Result<(), StoreError> {
        let is_readable = snapshot.is_readable && (stored.is_some() || snapshot.record.token.is_none());
        match is_readable {
            true => Ok(()),
            false => Err(unusable_token()),
        }
    }

    /// Saves the token of a user who has just signed in, whatever the record contains.
    pub(crate) async fn replace(&self, token: &Token, received: Timestamp) -> Result<StoreGeneration, StoreError> {
        for _ in 0..MAX_ATTEMPTS {
            let snapshot = self.snapshot().await?;
            let mut shared = self.shared_token(&snapshot, token, received).await?;
            let generation = shared.generation;
            shared.unproven = false;
            let mut record = snapshot.record.clone();
            record.replace(shared, snapshot.now);
            if self.write(&snapshot, &record, true).await? {
                return Ok(generation);
            }
            self.pause().await;
        }
        Err(contended())
    }

    /// Acquires the lease of a user's record, and reads its token. Writes nothing if there is no record.
    pub(crate) async fn acquire_to_end(&self, term: Duration) -> Result<LeaseToEnd, StoreError> {
        for _ in 0..MAX_ATTEMPTS {
            let snapshot = self.snapshot().await?;
            if snapshot.text.is_none() {
                return Ok(LeaseToEnd::SignedOut);
            }
            if let Some(left) = snapshot.record.lease_remaining(snapshot.now, term) {
                return Ok(LeaseToEnd::Held(left));
            }
            let stored = self.token_in(&snapshot).await;
            self.check_readable(&snapshot, stored.as_ref())?;
            let mut record = snapshot.record.clone();
            let lease = record.acquire_lease(&self.owner, snapshot.now, term);
            if let Some(lease) = lease
                && self.write(&snapshot, &record, false).await?
            {
                return Ok(LeaseToEnd::Acquired(lease, stored));
            }
            self.pause().await;
        }
        Err(contended())
    }

    /// Removes the record after the server has rejected or revoked its refresh token, unless it has changed since.
    pub(crate) async fn remove(&self, lease: &Lease) -> Result<(), StoreError> {
        for _ in 0..MAX_ATTEMPTS {
            let snapshot = self.snapshot().await?;
            if snapshot.text.is_none() || !snapshot.record.is_current(lease) {
                return Ok(());
            }
            let swap = Swap::new(snapshot.text, None, Duration::ZERO).with_notification();
            if self.with_time_limit(self.store.swap(&self.key, swap)).await? == SwapOutcome::Done {
                return Ok(());
            }
            self.pause().await;
        }
        Err(contended())
    }
}
