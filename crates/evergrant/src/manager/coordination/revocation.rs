//! Revocation of the token in the store at the authorization server.

use super::Coordinator;
use super::fetch_with_store::newest;
use crate::error::Error;
use crate::jitter;
use crate::manager::fetch::Source;
use crate::metrics::StoreOperation;
use crate::store::{LeaseToEnd, StoreError};
use crate::token::Token;

impl Coordinator {
    /// Revokes the token of a user, and removes the record. With the lease, so that no process renews the token
    /// meanwhile; after a renewal in progress, so that its token is revoked too. Returns whether there was a token.
    pub(in crate::manager) async fn revoke_user(&self, last: Option<&Token>, source: &Source) -> Result<bool, Error> {
        let began = self.runtime.now();
        let (mut pause, longest) = self.polling();
        let limit = self.fetch_timeout.saturating_add(self.change_limit());
        let (lease, stored) = loop {
            let term = self.settings.lease_term;
            let acquired = self.within_change_limit(self.leased_record.acquire_to_end(term)).await;
            match acquired.map_err(|error| self.change_failed(StoreOperation::Lease, error))? {
                LeaseToEnd::SignedOut => {
                    // The record may have ended before the token that this process still has.
                    if let Some(last) = last {
                        source.endpoint.revoke(last).await?;
                    }
                    return Ok(last.is_some());
                }
                LeaseToEnd::Acquired(lease, stored) => break (lease, stored),
                LeaseToEnd::Held(left) => {
                    if self.runtime.now().elapsed_since(began) >= limit {
                        let error = StoreError::timeout(limit);
                        return Err(self.store_failed_error(Some(error)));
                    }
                    let wait = jitter::scaled(pause.min(left), jitter::around_one(0.2));
                    self.runtime.sleep(wait).await;
                    pause = (pause * 2).min(longest);
                }
            }
        };
        self.store_responded();
        let token = newest(stored.map(|stored| stored.token), last.cloned());
        if let Some(token) = &token {
            let revoked = self.with_lease_extended(&lease, source.endpoint.revoke(token)).await;
            if let Err(error) = revoked {
                self.release(&lease, None).await;
                return Err(error);
            }
        }
        let removing = self.within_change_limit(self.leased_record.remove(&lease));
        removing
            .await
            .map_err(|error| self.change_failed(StoreOperation::Release, error))?;
        self.set_unsaved(None);
        Ok(token.is_some())
    }

    /// Revokes the token of the client in the store, and the last one of this process if it is another one. Marks the
    /// stored token as rejected, so that no process uses it. Returns whether there was a token. Without the store, only
    /// the token of this process is revoked.
    pub(in crate::manager) async fn revoke_client(&self, last: Option<&Token>, source: &Source) -> Result<bool, Error> {
        let stored = match self.within_change_limit(self.leased_record.load()).await {
            Ok(stored) => stored,
            Err(error) => {
                self.store_failed(StoreOperation::Load, &error);
                None
            }
        };
        if let Some(stored) = &stored {
            source.endpoint.revoke(&stored.token).await?;
            let marking = self.leased_record.mark_revoked(stored.generation);
            if let Err(error) = self.within_change_limit(marking).await {
                self.store_failed(StoreOperation::ReplayRejected, &error);
            }
        }
        let is_stored = |last: &&Token| {
            let stored = stored.as_ref().map(|stored| stored.token.access_token());
            stored.is_some_and(|stored| stored.same_as(last.access_token()))
        };
        if let Some(last) = last.filter(|last| !is_stored(last)) {
            source.endpoint.revoke(last).await?;
        }
        Ok(stored.is_some() || last.is_some())
    }
}
