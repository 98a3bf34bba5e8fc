//! How long others keep this process from fetching: they may have died, or somebody may write to the store in their name.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::runtime::Timestamp;
use crate::store::LONGEST_PAUSE;

/// Since when this process has left fetching to others, with no token coming of it.
#[derive(Debug, Default)]
pub(super) struct Deferral(Mutex<Since>);

#[derive(Debug, Default)]
struct Since {
    /// The first and the last time that others were seen to hold the lease.
    lease: Option<(Timestamp, Timestamp)>,
    failure: Option<Timestamp>,
}

/// A lease that nobody has looked at for so many limits is another one by now. Renewals look every half a minute.
const FORGOTTEN: u32 = 4;

impl Deferral {
    /// Others hold the lease. Whether they have done so for longer than a fetch may take.
    pub(super) fn to_lease(&self, now: Timestamp, limit: Duration) -> bool {
        let mut since = self.lock();
        let known = since.lease;
        let known = known.filter(|(_, last)| now.elapsed_since(*last) <= limit.saturating_mul(FORGOTTEN));
        let (first, _) = known.unwrap_or((now, now));
        since.lease = Some((first, now));
        now.elapsed_since(first) > limit
    }

    /// Others have failed. Whether their failures have kept this process from fetching for longer than any one may.
    pub(super) fn to_failure(&self, now: Timestamp) -> bool {
        let mut since = self.lock();
        since.lease = None;
        now.elapsed_since(*since.failure.get_or_insert(now)) > LONGEST_PAUSE
    }

    /// This process fetches, whether others let it or not.
    pub(super) fn turn(&self) {
        self.lock().failure = None;
    }

    /// There is a newer token, or the lease is ours.
    pub(super) fn end(&self) {
        *self.lock() = Since::default();
    }

    fn lock(&self) -> MutexGuard<'_, Since> {
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
    fn a_lease_is_deferred_to_for_as_long_as_a_fetch_takes_and_a_failure_for_an_hour() {
        let deferral = Deferral::default();
        let limit = Duration::from_secs(17);
        assert!(!deferral.to_lease(at(100), limit) && !deferral.to_lease(at(117), limit));
        assert!(deferral.to_lease(at(118), limit));
        assert!(!deferral.to_failure(at(200)) && !deferral.to_failure(at(3800)));
        assert!(deferral.to_failure(at(3801)));
    }

    #[test]
    fn leases_and_failures_in_turns_are_deferred_to_no_longer_than_failures_alone() {
        let deferral = Deferral::default();
        for second in 0..=3600 {
            assert!(!deferral.to_failure(at(second)));
            assert!(!deferral.to_lease(at(second), Duration::from_secs(17)));
        }
        assert!(deferral.to_failure(at(3601)));
    }

    #[test]
    fn a_turn_of_its_own_ends_what_a_failure_has_asked_for_and_a_token_ends_all() {
        let deferral = Deferral::default();
        let limit = Duration::from_secs(17);
        deferral.to_failure(at(0));
        deferral.to_lease(at(0), limit);
        deferral.turn();
        assert!(!deferral.to_failure(at(4000)));
        deferral.to_lease(at(4000), limit);
        deferral.turn();
        assert!(deferral.to_lease(at(4020), limit));
        deferral.end();
        assert!(!deferral.to_lease(at(4030), limit));
    }

    #[test]
    fn a_lease_that_was_seen_long_ago_is_another_one() {
        let deferral = Deferral::default();
        let limit = Duration::from_secs(17);
        assert!(!deferral.to_lease(at(100), limit));
        assert!(!deferral.to_lease(at(3000), limit) && deferral.to_lease(at(3018), limit));
        for seconds in (4000..4100).step_by(30) {
            assert_eq!(deferral.to_lease(at(seconds), limit), seconds > 4000, "{seconds}");
        }
    }
}
