//! Operations on a record with which managers coordinate fetches, besides those for leases and tokens.

use std::sync::Arc;
use std::time::Duration;

use super::LeasedRecord;
use super::read_and_write::Edit;
use crate::error::{ClientContext, SharedCause};
use crate::scope::Scopes;
use crate::store::record::{Failure, Pauses, Record, RecordClient, RejectionPause, StoreTime};
use crate::store::{ChangeListener, Lease, StoreError};
use crate::token_generation::StoreGeneration;

/// A failure to share with the other processes.
pub(crate) struct FailureNote {
    pub(crate) message: String,
    pub(crate) cause: SharedCause,
    pub(crate) pauses: Pauses,
    /// Whether the server itself requested the pause.
    pub(crate) server_requested: bool,
}

impl LeasedRecord {
    /// Adds the client, which operators and events see.
    pub(crate) fn for_client(mut self, context: &Arc<ClientContext>, scopes: &Scopes) -> Self {
        self.client = Some(Arc::new(RecordClient {
            client_id: context.client_id().to_owned(),
            endpoint: context.endpoint().to_owned(),
            scopes: scopes.to_string(),
        }));
        self.context = Some(Arc::clone(context));
        self
    }

    /// Listens for changes, if the engine notifies of them.
    pub(crate) fn listen(&self) -> Option<ChangeListener> {
        Some(self.store.changes()?.listen(&self.key))
    }

    /// Remembers that this token is rejected, whatever the record states.
    pub(crate) fn add_rejected(&self, generation: StoreGeneration) {
        self.mark.reject(generation);
    }

    /// Marks the record's token if it is known to be rejected. Returns whether the mark is new.
    pub(crate) fn mark_rejected(&self, record: &mut Record) -> bool {
        let generation = record.token.as_ref().map(|token| token.generation);
        generation.is_some_and(|known| self.mark.is_rejected(known) && record.reject(known))
    }

    /// Forgets that this token is rejected, because the rejection turned out not to be about the token.
    pub(crate) fn remove_rejected(&self, generation: StoreGeneration) {
        self.mark.remove_rejected(generation);
    }

    pub(crate) fn owner(&self) -> &str {
        &self.owner
    }

    /// Releases the lease after a failed fetch, and shares the failure.
    pub(crate) async fn fail(&self, lease: &Lease, failure: Option<&FailureNote>) -> Result<(), StoreError> {
        let snapshot = self.snapshot().await?;
        let note = |record: &mut Record, now: StoreTime| {
            if !record.release_lease(lease) {
                return Edit::Leave(());
            }
            if let Some(note) = failure {
                let count = record.failure.as_ref().map_or(0, |failure| failure.count);
                record.failure = Some(Failure {
                    at: now,
                    pauses: note.pauses,
                    count: count.saturating_add(1),
                    message: note.message.clone(),
                    cause: note.cause.clone(),
                    server_requested: note.server_requested,
                });
            }
            Edit::WriteAndNotify(())
        };
        self.edit(snapshot, note).await.map(|_| ())
    }

    /// Marks a token that was revoked as rejected. It is not served again, even while rejections are suppressed.
    pub(crate) async fn mark_revoked(&self, generation: StoreGeneration) -> Result<(), StoreError> {
        self.mark.reject(generation);
        let snapshot = self.snapshot().await?;
        let mark = |record: &mut Record, _| match record.reject(generation) {
            true => {
                record.rejection_pause = None;
                Edit::WriteAndNotify(())
            }
            false => Edit::Leave(()),
        };
        self.edit(snapshot, mark).await.map(|_| ())
    }

    /// Records that an API rejected a fresh token too: for a while, rejections start no renewal.
    pub(crate) async fn record_rejected_replay(&self, first: Duration, longest: Duration) -> Result<(), StoreError> {
        let snapshot = self.snapshot().await?;
        let note = |record: &mut Record, now: StoreTime| {
            if record.rejections_suppressed(now) {
                return Edit::Leave(());
            }
            let is_recent = |last: &RejectionPause| now.checked_sub(last.until).is_some_and(|ago| ago <= longest);
            let recent = record.rejection_pause.filter(is_recent);
            let streak = recent.map_or(0, |last| last.streak);
            let pause = first.saturating_mul(1 << streak.min(8)).min(longest);
            record.rejection_pause = Some(RejectionPause {
                until: now.saturating_add(pause),
                streak: streak.saturating_add(1),
            });
            Edit::Write(())
        };
        self.edit(snapshot, note).await.map(|_| ())
    }

    /// Ends the pause of [`record_rejected_replay`](Self::record_rejected_replay), because another token is explicitly
    /// requested.
    pub(crate) async fn end_rejection_pause(&self) -> Result<(), StoreError> {
        let snapshot = self.snapshot().await?;
        let end = |record: &mut Record, _| match record.rejection_pause.take() {
            Some(_) => Edit::Write(()),
            None => Edit::Leave(()),
        };
        self.edit(snapshot, end).await.map(|_| ())
    }
}
