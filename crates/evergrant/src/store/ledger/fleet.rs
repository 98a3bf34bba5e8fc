//! What a manager tells the fleet through its ledger, beside leases and tokens.

use std::sync::Arc;
use std::time::Duration;

use super::Ledger;
use super::page::Edit;
use crate::error::{ClientContext, SharedCause};
use crate::scope::Scopes;
use crate::store::record::{Failure, FleetRefusals, Pauses, Record, RecordClient, StoreTime};
use crate::store::{ChangeListener, Lease, StoreError, StoreGeneration};

/// What all are to remember of a failure.
pub(crate) struct FailureNote {
    pub(crate) message: String,
    pub(crate) cause: SharedCause,
    pub(crate) pauses: Pauses,
    /// The server itself asked for the pause.
    pub(crate) asked_for: bool,
}

impl Ledger {
    /// What operators and events are told of the client.
    pub(crate) fn for_client(mut self, context: &Arc<ClientContext>, scopes: &Scopes) -> Self {
        self.client = Some(Arc::new(RecordClient {
            client_id: context.client_id().to_owned(),
            endpoint: context.endpoint().to_owned(),
            scopes: scopes.to_string(),
        }));
        self.context = Some(Arc::clone(context));
        self
    }

    /// Hears of changes, where the engine tells of them.
    pub(crate) fn listen(&self) -> Option<ChangeListener> {
        Some(self.store.changes()?.listen(&self.key))
    }

    /// Known to be rejected from now on, whatever a record says.
    pub(crate) fn remember_rejected(&self, generation: StoreGeneration) {
        self.mark.reject(generation);
    }

    /// Marks the record's token, if it is known to be rejected. Whether the mark is new.
    pub(crate) fn mark_rejected(&self, record: &mut Record) -> bool {
        let generation = record.token.as_ref().map(|token| token.generation);
        generation.is_some_and(|known| self.mark.has_rejected(known) && record.reject(known))
    }

    /// The rejection said nothing about the token.
    pub(crate) fn forget_rejected(&self, generation: StoreGeneration) {
        self.mark.pardon(generation);
    }

    pub(crate) fn owner(&self) -> &str {
        &self.owner
    }

    /// For the time after a failed fetch: the lease is given back, and all are told what to remember.
    pub(crate) async fn fail(&self, lease: &Lease, failure: Option<&FailureNote>) -> Result<(), StoreError> {
        let page = self.page().await?;
        let note = |record: &mut Record, now: StoreTime| {
            if !record.end_lease(lease) {
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
                    asked_for: note.asked_for,
                });
            }
            Edit::Announce(())
        };
        self.edit(page, note).await.map(|_| ())
    }

    /// A fresh token was refused as well, so that for a while a refusal says nothing about the token.
    pub(crate) async fn replay_refused(&self, first: Duration, longest: Duration) -> Result<(), StoreError> {
        let page = self.page().await?;
        let note = |record: &mut Record, now: StoreTime| {
            if record.is_beyond_doubt(now) {
                return Edit::Leave(());
            }
            let is_recent = |last: &FleetRefusals| now.checked_sub(last.until).is_some_and(|ago| ago <= longest);
            let recent = record.refusals.filter(is_recent);
            let streak = recent.map_or(0, |last| last.streak);
            let pause = first.saturating_mul(1 << streak.min(8)).min(longest);
            record.refusals = Some(FleetRefusals {
                until: now.saturating_add(pause),
                streak: streak.saturating_add(1),
            });
            Edit::Write(())
        };
        self.edit(page, note).await.map(|_| ())
    }

    /// The pause of [`replay_refused`](Self::replay_refused) ends, as somebody insists on another token.
    pub(crate) async fn end_pause(&self) -> Result<(), StoreError> {
        let page = self.page().await?;
        let end = |record: &mut Record, _| match record.refusals.take() {
            Some(_) => Edit::Write(()),
            None => Edit::Leave(()),
        };
        self.edit(page, end).await.map(|_| ())
    }
}
