//! Coordinates the fetches of processes that share a store: one process at a time fetches, and the others adopt its
//! token.

mod fetch_with_store;
mod fetch_without_store;
mod leased_fetch;
mod limit_of_waiting_for_others;
mod revocation;
mod sharing_settings;
mod user_tokens;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use self::limit_of_waiting_for_others::Deferral;
pub use self::sharing_settings::Sharing;
use super::backoff::FailureBackoff;
use super::fetch::{FetchOutcome, FetchRequest, FetchedBy, Source};
use super::token_deadlines::LifetimePolicy;
use crate::error::ClientContext;
use crate::events;
use crate::metrics;
use crate::metrics::StoreOperation;
use crate::runtime::{SharedRuntime, Timestamp};
use crate::scope::Scopes;
use crate::store::{ChangeListener, LeasedRecord, StoreError, StoreErrorKind, StoredToken};
use crate::token_endpoint::ClientKeys;
use crate::token_generation::StoreGeneration;

/// Shares the tokens of one manager with other processes.
pub(super) struct Coordinator {
    settings: Sharing,
    leased_record: LeasedRecord,
    listener: Option<ChangeListener>,
    client: Arc<ClientContext>,
    runtime: SharedRuntime,
    lifetime: LifetimePolicy,
    backoff: FailureBackoff,
    fetch_timeout: Duration,
    /// Scopes that another process's token must have.
    needed_scopes: Scopes,
    /// A token that is bound to another key is not adopted.
    keys: ClientKeys,
    deferral: Deferral,
    /// The generation that a user's token has replaced which could not be saved.
    unsaved: Mutex<Option<StoreGeneration>>,
}

/// Maximum time until a flight that waits for another process reads the record again and then fetches itself.
const FINAL_READ_TIME: Duration = Duration::from_secs(2);

/// How soon a renewal reads an unusable record again.
const UNUSABLE_PAUSE: Duration = Duration::from_secs(30);

impl Coordinator {
    /// Returns how many changes of the record this process has been notified of.
    #[inline]
    pub(super) fn changes(&self) -> u64 {
        self.listener.as_ref().map_or(0, ChangeListener::count)
    }

    pub(super) fn listener(&self) -> Option<&ChangeListener> {
        self.listener.as_ref()
    }

    /// Returns whether to read the store without a notification, because another process's token ends a failure here.
    pub(super) fn is_read_due(&self, last: Option<Timestamp>, now: Timestamp) -> bool {
        let (_, every) = self.polling();
        last.is_none_or(|last| now.elapsed_since(last) >= every) && self.settings.store.breaker().left(now).is_zero()
    }

    /// Returns how much longer a flight may take than without a store: it may wait for another process before it
    /// fetches itself.
    pub(super) fn extra_time(&self) -> Duration {
        let operations = self.settings.operation_limit.saturating_mul(8);
        self.fetch_timeout
            .saturating_add(operations)
            .saturating_add(FINAL_READ_TIME)
    }

    pub(super) async fn fetch(&self, request: FetchRequest, source: &Source) -> FetchOutcome {
        let breaker_left = self.settings.store.breaker().left(self.runtime.now());
        let (pause, error) = match breaker_left.is_zero() {
            false => (breaker_left, None),
            true => match self.fetch_coordinated(&request, source).await {
                Ok(outcome) => return outcome,
                Err((operation, error)) => (self.store_failed(operation, &error), Some(error)),
            },
        };
        match self.is_for_user() {
            true => self.without_store(&request, pause, error),
            false => self.fetch_uncoordinated(request, source, pause).await,
        }
    }

    /// Reads the record without fetching a token. `None` if nothing has changed for this process.
    pub(super) async fn read(&self, request: &FetchRequest) -> Option<FetchOutcome> {
        let snapshot = match self.leased_record.snapshot().await {
            Ok(snapshot) => snapshot,
            // Trips the breaker, so that waiting callers do not wait for the next read as well.
            Err(error) if request.has_waiting_callers() && error.kind() != StoreErrorKind::Unusable => {
                self.store_failed(StoreOperation::Load, &error);
                return None;
            }
            Err(error) => {
                metrics::store_failed(StoreOperation::Load, &error);
                return None;
            }
        };
        if self.leased_record.is_signed_out(&snapshot) {
            return Some(FetchOutcome::SignedOut);
        }
        let stored = self.leased_record.token_in(&snapshot).await?;
        if self.supersedes_last(request, &snapshot, &stored) {
            return Some(self.adopt(stored));
        }
        let is_rejected = stored.rejected
            && !snapshot.record.rejections_suppressed(snapshot.now)
            && self.last_generation(request, Some(&stored)) == Some(stored.generation);
        is_rejected.then_some(FetchOutcome::Rejected)
    }

    /// Notifies the other processes that fresh tokens are rejected too, so that they do not renew after each rejection.
    pub(super) fn record_rejected_replay(self: &Arc<Self>, first: Duration, longest: Duration) {
        let coordinator = Arc::clone(self);
        let write = async move {
            if let Err(error) = coordinator.leased_record.record_rejected_replay(first, longest).await {
                coordinator.store_failed(StoreOperation::ReplayRejected, &error);
            }
        };
        // Without a runtime, only this process suppresses renewals.
        let _ = self.runtime.spawn(Box::pin(write));
    }

    /// Reverts [`replay_rejected`](Self::replay_rejected).
    pub(super) async fn end_rejection_pause(&self) {
        if !self.settings.store.breaker().left(self.runtime.now()).is_zero() {
            return;
        }
        if let Err(error) = self.within_change_limit(self.leased_record.end_rejection_pause()).await {
            self.store_failed(StoreOperation::ReplayRejected, &error);
        }
    }

    /// Reports a failure of the store. Returns how long this process does not use the store.
    fn store_failed(&self, operation: StoreOperation, error: &StoreError) -> Duration {
        let pause = match error.kind() {
            // An unusable record does not mean that the store has failed.
            StoreErrorKind::Unusable => UNUSABLE_PAUSE,
            _ => self.settings.store.breaker().trip(self.runtime.now()),
        };
        events::store_failed(&self.client, operation, error, pause);
        pause
    }

    fn store_responded(&self) {
        if self.settings.store.breaker().reset() {
            events::store_recovered(&self.client);
        }
    }

    /// Adopts another process's token.
    fn adopt(&self, stored: StoredToken) -> FetchOutcome {
        self.deferral.reset();
        self.set_unsaved(None);
        self.leased_record.remove_rejected(stored.generation);
        FetchOutcome::Token(stored.token, FetchedBy::AnotherProcess)
    }

    /// Returns the store generation of the last token. It is also known if the stored token is the same one, although
    /// the response to saving it was lost. For a user's token that could not be saved, this is the generation that the
    /// token replaced.
    fn last_generation(&self, request: &FetchRequest, stored: Option<&StoredToken>) -> Option<StoreGeneration> {
        let last = request.last.as_ref()?;
        match last.store_metadata() {
            Some(metadata) => Some(metadata.generation),
            None => stored
                .filter(|stored| stored.token.access_token().expose() == last.access_token().expose())
                .map(|stored| stored.generation)
                .or_else(|| self.replaced_generation()),
        }
    }
}
