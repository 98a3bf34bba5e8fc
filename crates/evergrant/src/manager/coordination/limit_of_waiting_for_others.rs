//! Limits how long other processes can prevent this one from fetching a token: they may have ended, or the store's
//! record may be forged.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::runtime::Timestamp;
use crate::store::MAX_PAUSE;

/// Since when this process has deferred to others without getting a token.
#[derive(Debug, Default)]
pub(super) struct Deferral(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// When others were first and last seen to hold the lease.
    lease: Option<(Timestamp, Timestamp)>,
    failure: Option<Timestamp>,
}

/// Number of limits after which an unseen lease is treated as a different one. Renewals read the record every 30 s.
const STALE_AFTER: u32 = 4;

impl Deferral {
    /// Records that others hold the lease. Returns whether they have held it for longer than `limit`, the time of a
    /// fetch.
    pub(super) fn defer_to_lease(&self, now: Timestamp, limit: Duration) -> bool {
        let mut since = self.lock();
        let known = since.lease;
        let known = known.filter(|(_, last)| now.elapsed_since(*last) <= limit.saturating_mul(STALE_AFTER));
        let (first, _) = known.unwrap_or((now, now));
        since.lease = Some((first, now));
        now.elapsed_since(first) > limit
    }

    /// Records that others have failed. Returns whether their failures have prevented fetches for longer than a failure
    /// may last.
    pub(super) fn defer_to_failure(&self, now: Timestamp) -> bool {
        let mut since = self.lock();
        since.lease = None;
        now.elapsed_since(*since.failure.get_or_insert(now)) > MAX_PAUSE
    }

    /// Records that this process fetches without coordination.
    pub(super) fn fetch_started(&self) {
        self.lock().failure = None;
    }

    /// Records that there is a newer token, or that this process holds the lease.
    pub(super) fn reset(&self) {
        *self.lock() = State::default();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::new(UNIX_EPOCH, Duration::from_secs(seconds))
    }

    #[test]
    fn a_lease_defers_for_the_time_of_a_fetch_and_a_failure_for_an_hour() {
        let deferral = Deferral::default();
        let limit = Duration::from_secs(17);
        assert!(!deferral.defer_to_lease(at(100), limit) && !deferral.defer_to_lease(at(117), limit));
        assert!(deferral.defer_to_lease(at(118), limit));
        assert!(!deferral.defer_to_failure(at(200)) && !deferral.defer_to_failure(at(3800)));
        assert!(deferral.defer_to_failure(at(3801)));
    }

    #[test]
    fn alternating_leases_and_failures_defer_no_longer_than_failures_alone() {
        let deferral = Deferral::default();
        for second in 0..=3600 {
            assert!(!deferral.defer_to_failure(at(second)));
            assert!(!deferral.defer_to_lease(at(second), Duration::from_secs(17)));
        }
        assert!(deferral.defer_to_failure(at(3601)));
    }

    #[test]
    fn a_fetch_ends_the_deferral_to_a_failure_and_a_token_ends_all_deferrals() {
        let deferral = Deferral::default();
        let limit = Duration::from_secs(17);
        deferral.defer_to_failure(at(0));
        deferral.defer_to_lease(at(0), limit);
        deferral.fetch_started();
        assert!(!deferral.defer_to_failure(at(4000)));
        deferral.defer_to_lease(at(4000), limit);
        deferral.fetch_started();
        assert!(deferral.defer_to_lease(at(4020), limit));
        deferral.reset();
        assert!(!deferral.defer_to_lease(at(4030), limit));
    }

    #[test]
    fn a_lease_last_seen_long_ago_counts_as_a_different_one() {
        let deferral = Deferral::default();
        let limit = Duration::from_secs(17);
        assert!(!deferral.defer_to_lease(at(100), limit));
        assert!(!deferral.defer_to_lease(at(3000), limit) && deferral.defer_to_lease(at(3018), limit));
        for seconds in (4000..4100).step_by(30) {
            assert_eq!(deferral.defer_to_lease(at(seconds), limit), seconds > 4000, "{seconds}");
        }
    }
}
