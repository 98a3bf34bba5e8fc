//! Fetching with the store: adopts another process's token, waits for another process's fetch, or fetches for all
//! processes.

use std::sync::Arc;
use std::time::Duration;

use super::Coordinator;
use crate::error::{Error, SharedFailureError};
use crate::events;
use crate::jitter;
use crate::manager::fetch::{FetchOutcome, FetchRequest, Priority, Source};
use crate::manager::token_deadlines::Deadlines;
use crate::metrics::StoreOperation;
use crate::runtime::Timestamp;
use crate::store::{Failure, Lease, Pauses, Snapshot, StoreError, StoredToken, contended};
use crate::token::Token;

/// What this process does next, according to the record.
enum Step {
    FailFast(Failure, Duration),
    /// Another process holds the lease, for at most this time.
    Wait(Duration),
    Fetch(Lease),
    /// Another process has changed the record.
    Retry,
    /// Others have prevented this process from fetching for too long, and may do so for this time.
    FallBack(Duration),
}

/// First and longest interval between reads of the record while another process fetches, without notifications.
const POLL_INTERVALS: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(200));
/// The same with notifications.
const POLL_INTERVALS_NOTIFIED: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));
/// How often other processes may change the record without a lease, a token or a failure in it.
const MAX_CONFLICTS: u32 = 20;

impl Coordinator {
    /// Fetches with the store. An error means that the store failed before anything was fetched.
    pub(super) async fn fetch_coordinated(
        &self,
        request: &FetchRequest,
        source: &Source,
    ) -> Result<FetchOutcome, (StoreOperation, StoreError)> {
        let (mut pause, longest) = self.polling();
        let mut reported = false;
        let mut conflicts = 0;
        loop {
            let seen = self.changes();
            let snapshot = self
                .leased_record
                .snapshot()
                .await
                .map_err(during(StoreOperation::Load))?;
            let stored = match self.leased_record.token_in(&snapshot).await {
                Some(stored) if self.supersedes_last(request, &snapshot, &stored) => {
                    self.store_responded();
                    return Ok(self.adopt(stored));
                }
                stored => stored,
            };
            if let Some(outcome) = self.signed_out(&snapshot, stored.as_ref(), request, source)? {
                self.store_responded();
                return Ok(outcome);
            }
            let step = self.step(request, &snapshot, stored.as_ref()).await;
            let step = step.map_err(during(StoreOperation::Lease))?;
            // Reported after the write: a store that can only be read counts as failed.
            self.store_responded();
            let left = match step {
                Step::FailFast(failure, left) => {
                    let at = snapshot.local_time(failure.at);
                    return Ok(self.fail_fast(request, &failure, at, left, source));
                }
                Step::FallBack(left) if self.is_for_user() => return Ok(self.without_store(request, left, None)),
                Step::FallBack(left) => {
                    return Ok(self.fetch_uncoordinated(request.clone(), source, left).await);
                }
                Step::Fetch(lease) => {
                    self.deferral.reset();
                    let last = newest(stored.map(|stored| stored.token), request.last.clone());
                    let fetched = self.fetch_with_lease(lease, &snapshot, last, request.started, source);
                    match fetched.await {
                        Some(outcome) => return Ok(outcome),
                        None => Self::count_conflict(&mut conflicts)?,
                    }
                }
                Step::Retry => Self::count_conflict(&mut conflicts)?,
                Step::Wait(left) => left,
            };
            if !left.is_zero() {
                if !std::mem::replace(&mut reported, true) {
                    events::lease_held(&self.client, left);
                }
                if !request.has_waiting_callers() {
                    return Ok(FetchOutcome::Deferred(left));
                }
            }
            let wait = pause.min(left.max(POLL_INTERVALS.0));
            self.wait_for_change(seen, jitter::scaled(wait, jitter::around_one(0.2)))
                .await;
            pause = (pause * 2).min(longest);
        }
    }

    /// Returns the first and the longest interval between reads of the record.
    pub(super) fn polling(&self) -> (Duration, Duration) {
        match self.listener {
            Some(_) => POLL_INTERVALS_NOTIFIED,
            None => POLL_INTERVALS,
        }
    }

    /// Counts a change of the record by another process. Returns how long to wait for it.
    fn count_conflict(conflicts: &mut u32) -> Result<Duration, (StoreOperation, StoreError)> {
        *conflicts += 1;
        match *conflicts > MAX_CONFLICTS {
            true => Err((StoreOperation::Lease, contended())),
            false => Ok(Duration::ZERO),
        }
    }

    async fn step(
        &self,
        request: &FetchRequest,
        snapshot: &Snapshot,
        stored: Option<&StoredToken>,
    ) -> Result<Step, StoreError> {
        let now = self.runtime.now();
        let pause = |pauses: &Pauses| match request.priority {
            Priority::Callers => pauses.without_token,
            Priority::Background(_) => pauses.with_token,
        };
        if let Some((failure, left)) = snapshot.record.failure(snapshot.now, pause) {
            // Without coordination, no process renews a user's token.
            return Ok(match self.deferral.defer_to_failure(now) && !self.is_for_user() {
                true => Step::FallBack(left),
                false => Step::FailFast(failure.clone(), left),
            });
        }
        if let Some(left) = snapshot.record.lease_remaining(snapshot.now, self.settings.lease_term) {
            // After this time, the holder's fetch has ended and its outcome is in the record.
            let limit = self.fetch_timeout.saturating_add(self.change_limit());
            return Ok(match self.deferral.defer_to_lease(now, limit) {
                true => Step::FallBack(left),
                false => Step::Wait(left),
            });
        }
        if let Some(left) = self.leaves_renewal_to_lapsed_holder(request, snapshot) {
            return Ok(Step::Wait(left));
        }
        let mut record = snapshot.record.clone();
        if request.follows_rejection()
            && let Some(last) = self.last_generation(request, stored)
        {
            self.leased_record.add_rejected(last);
        }
        let newly_rejected = self.leased_record.mark_rejected(&mut record);
        let Some(lease) = record.acquire_lease(self.leased_record.owner(), snapshot.now, self.settings.lease_term)
        else {
            return Ok(Step::Retry);
        };
        Ok(
            match self.leased_record.write(snapshot, &record, newly_rejected).await? {
                true => Step::Fetch(lease),
                false => Step::Retry,
            },
        )
    }

    /// Returns whether the stored token replaces the last one.
    pub(super) fn supersedes_last(&self, request: &FetchRequest, snapshot: &Snapshot, stored: &StoredToken) -> bool {
        let now = self.runtime.now();
        let token = &stored.token;
        let lacks_scopes = token
            .scopes()
            .is_some_and(|granted| !self.needed_scopes.missing_from(granted).is_empty());
        if lacks_scopes || !self.is_usable(token, now) || !self.keys.holds_keys_of(token) {
            return false;
        }
        if self.replaced_generation() == Some(stored.generation) {
            return false;
        }
        let rejected = request.follows_rejection();
        let suppressed = snapshot.record.rejections_suppressed(snapshot.now);
        let ours = request.last.as_ref();
        let ours = ours.filter(|last| !rejected && self.is_usable(last, now));
        match self.last_generation(request, Some(stored)) {
            Some(last) if last == stored.generation => rejected && suppressed,
            _ if stored.rejected && !suppressed => false,
            Some(last) if last < stored.generation => true,
            // The store has lost its latest data, or the token was fetched without the store.
            _ => ours.is_none_or(|ours| match (token.remaining(now), ours.remaining(now)) {
                (Some(theirs), Some(ours)) => theirs > ours,
                (theirs, _) => theirs.is_none(),
            }),
        }
    }

    fn is_usable(&self, token: &Token, now: Timestamp) -> bool {
        let hard = Deadlines::of(token, now, &self.lifetime, None).hard;
        hard.is_none_or(|hard| !now.has_reached(hard))
    }

    /// Fails with the error that another process has shared.
    fn fail_fast(
        &self,
        request: &FetchRequest,
        failure: &Failure,
        at: Timestamp,
        left: Duration,
        source: &Source,
    ) -> FetchOutcome {
        if !request.has_waiting_callers() {
            return FetchOutcome::Deferred(spread(left));
        }
        let error = Error::SharedFailure(Arc::new(SharedFailureError {
            client: Arc::clone(&self.client),
            message: failure.message.clone(),
            cause: failure.cause.clone(),
            remaining: left,
            server_requested: failure.server_requested,
            is_earlier: at.since_boot() < request.started.since_boot(),
        }));
        // The server's `Retry-After` also applies to fetches without the store.
        source
            .endpoint
            .settings()
            .retry_after_gate
            .close(self.runtime.now(), &error);
        FetchOutcome::Failed(error)
    }

    async fn wait_for_change(&self, seen: u64, limit: Duration) {
        match &self.listener {
            Some(listener) => {
                // The caller reads the record again in any case.
                let _ = self.runtime.timeout(limit, listener.changed_since(seen)).await;
            }
            None => self.runtime.sleep(limit).await,
        }
    }
}

/// Adds the failed operation to an error.
fn during(operation: StoreOperation) -> impl FnOnce(StoreError) -> (StoreOperation, StoreError) {
    move |error| (operation, error)
}

/// Returns the token with the later refresh token: the stored one, unless this process could not save a newer one.
pub(super) fn newest(stored: Option<Token>, ours: Option<Token>) -> Option<Token> {
    let issued = |token: &Option<Token>| token.as_ref()?.issued().map(Timestamp::since_boot);
    if issued(&ours) > issued(&stored) {
        return ours;
    }
    stored.or(ours)
}

/// Adds jitter, so that waiting processes do not continue at the same time.
fn spread(wait: Duration) -> Duration {
    jitter::scaled(wait, 1.0 + 0.2 * jitter::unit())
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn the_token_that_was_issued_later_is_newest() {
        let token = |name: &str, second| {
            let at = Timestamp::new(UNIX_EPOCH, Duration::from_secs(second));
            Some(Token::new(name).with_requested_at(at))
        };
        for (stored, ours, expected) in [
            (token("stored", 1), token("ours", 2), Some("ours")),
            (token("stored", 2), token("ours", 1), Some("stored")),
            (token("stored", 1), token("ours", 1), Some("stored")),
            (token("stored", 1), None, Some("stored")),
            (None, token("ours", 1), Some("ours")),
            (None, None, None),
        ] {
            let newest = newest(stored, ours);
            assert_eq!(newest.as_ref().map(|token| token.access_token().expose()), expected);
        }
    }

    #[test]
    fn a_wait_is_extended_by_up_to_a_fifth() {
        let waits: Vec<_> = (0..200).map(|_| spread(Duration::from_secs(10)).as_millis()).collect();
        assert!(waits.iter().all(|wait| (10_000..=12_000).contains(wait)), "{waits:?}");
        assert!(waits.iter().any(|wait| *wait > 10_500), "{waits:?}");
    }
}
