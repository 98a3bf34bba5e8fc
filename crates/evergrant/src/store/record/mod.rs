//! The content of a record and its rules, as pure functions of the record and the engine's time.

mod authentication_tag;
mod failure_cause;
mod json;
mod json_values;
mod record_limits;
mod record_members;

use std::time::Duration;

pub(crate) use self::authentication_tag::{Tagged, with_tag};
pub(crate) use self::json::RecordError;
pub use self::record_limits::MAX_RECORD_SIZE;
use self::record_limits::{CLOCK_TOLERANCE, MAX_REJECTION_PAUSE, next_number, remaining, term};
pub(crate) use self::record_limits::{DEFAULT_LEASE_TERM, DEFAULT_RETENTION, MAX_PAUSE, is_last, millis};
pub(crate) use self::record_members::{
    Body, Failure, HeldLease, Pauses, Record, RecordClient, RejectionPause, SharedToken, StoreTime,
};
use super::Lease;
use crate::token_generation::StoreGeneration;

/// Additional time for which a record is kept after its last use, so that numbers continue to increase.
const GRACE_PERIOD: Duration = Duration::from_secs(3600);

impl Record {
    /// Creates an empty record in place of one that is missing or not trusted: writes over it get a greater revision.
    pub(crate) fn empty_above(revision: u64) -> Self {
        Self {
            revision,
            ..Self::default()
        }
    }

    /// Increases the revision above that of the record it was read from.
    pub(crate) fn advance(&mut self, now: StoreTime) {
        self.revision = next_number(self.revision, now);
    }

    /// Acquires the lease; `None` if another process holds it.
    pub(crate) fn acquire_lease(&mut self, owner: &str, now: StoreTime, term: Duration) -> Option<Lease> {
        if self.lease_remaining(now, term).is_some() {
            return None;
        }
        self.fence = next_number(self.fence.max(self.revision), now);
        self.lease = Some(HeldLease {
            owner: owner.to_owned(),
            until: now.saturating_add(term),
            term,
        });
        Some(Lease {
            fence: self.fence,
            owner: owner.into(),
        })
    }

    /// The remaining time of the lease, for a process with leases of `ours`.
    pub(crate) fn lease_remaining(&self, now: StoreTime, ours: Duration) -> Option<Duration> {
        let lease = self.lease.as_ref()?;
        let term = term(lease.term, ours);
        remaining(lease.until.saturating_sub(lease.term) + term, term, now)
    }

    /// Returns whether no other process has acquired the lease since. If the engine lost the record, nobody has.
    pub(crate) fn is_current(&self, lease: &Lease) -> bool {
        let other = self.lease.as_ref().is_some_and(|held| held.owner != *lease.owner);
        self.fence < lease.fence || self.fence == lease.fence && !other
    }

    /// Extends the lease if this process still holds it.
    pub(crate) fn extend_lease(&mut self, lease: &Lease, now: StoreTime, term: Duration) -> bool {
        let ours = self.fence == lease.fence && self.is_current(lease);
        match &mut self.lease {
            Some(held) if ours => {
                held.until = now.saturating_add(term);
                held.term = term;
                true
            }
            _ => false,
        }
    }

    /// Releases the lease if this process still holds it.
    pub(crate) fn release_lease(&mut self, lease: &Lease) -> bool {
        let ours = self.fence == lease.fence && self.lease.is_some() && self.is_current(lease);
        if ours {
            self.lease = None;
        }
        ours
    }

    /// The generation of the next token.
    pub(crate) fn next_generation(&self, now: StoreTime) -> StoreGeneration {
        let last = self.token.as_ref().map_or(0, |token| token.generation.0);
        StoreGeneration(next_number(last.max(self.revision), now))
    }

    /// Stores a new token and ends the lease and the failure.
    pub(crate) fn put(&mut self, token: SharedToken, lease: &Lease) {
        self.fence = lease.fence;
        self.lease = None;
        self.token = Some(token);
        self.failure = None;
    }

    /// Stores the token of a user who has just signed in. The lease of a process that renews an older token ends, so
    /// that its token is not saved.
    pub(crate) fn replace(&mut self, token: SharedToken, now: StoreTime) {
        self.fence = next_number(self.fence.max(self.revision), now);
        self.lease = None;
        self.token = Some(token);
        self.failure = None;
        self.rejection_pause = None;
    }

    /// Marks the token as rejected. Returns whether the mark is new.
    pub(crate) fn reject(&mut self, generation: StoreGeneration) -> bool {
        match &mut self.token {
            Some(token) if token.generation == generation => !std::mem::replace(&mut token.rejected, true),
            _ => false,
        }
    }

    /// Returns whether rejections currently start no renewal, because fresh tokens are rejected too.
    pub(crate) fn rejections_suppressed(&self, now: StoreTime) -> bool {
        self.pause(now).is_some()
    }

    /// The end of that pause.
    pub(crate) fn pause(&self, now: StoreTime) -> Option<StoreTime> {
        let until = self.rejection_pause?.until;
        remaining(until, MAX_REJECTION_PAUSE, now).map(|_| until)
    }

    /// The last failure and its remaining `pause`, if that has not ended.
    pub(crate) fn failure(
        &self,
        now: StoreTime,
        pause: impl FnOnce(&Pauses) -> Duration,
    ) -> Option<(&Failure, Duration)> {
        let failure = self.failure.as_ref()?;
        let pause = pause(&failure.pauses).min(MAX_PAUSE);
        Some((failure, remaining(failure.at.saturating_add(pause), pause, now)?))
    }

    /// The token, unless it was issued in the future: then the engine's clock was set back, and the token's age is
    /// unknown.
    pub(crate) fn token(&self, now: StoreTime) -> Option<&SharedToken> {
        self.token
            .as_ref()
            .filter(|token| token.issued <= now.saturating_add(CLOCK_TOLERANCE))
    }

    /// How long the record is useful: at most `retention`, if that is longer than a lease and a failure.
    pub(crate) fn ttl(&self, now: StoreTime, retention: Duration) -> Duration {
        let token = self.token.as_ref();
        let token = token.map(|token| match token.expires {
            Some(expires) if !token.renewable => expires.saturating_sub(now).min(retention),
            _ => retention,
        });
        // No lease is longer than the longest pause.
        let others = [
            self.lease.as_ref().map(|lease| lease.until),
            self.failure.as_ref().map(|failure| {
                let pause = failure.pauses.with_token.max(failure.pauses.without_token);
                failure.at.saturating_add(pause)
            }),
            self.rejection_pause.map(|pause| pause.until),
        ];
        let others = others.into_iter().flatten();
        let others = others.map(|until| until.saturating_sub(now).min(MAX_PAUSE));
        others
            .chain(token)
            .max()
            .unwrap_or_default()
            .saturating_add(GRACE_PERIOD)
    }
}

#[cfg(test)]
#[cfg(not(evergrant_loom))]
mod tests;
