//! A timer that measures only the time during which the process runs, without the time during which it was stopped or
//! its thread was blocked.

use std::time::Duration;

use super::system_clock_timer::Timer;

/// A timer that fires later than this indicates that its thread did not run. Timers on a busy machine are less late.
pub(super) const LATE_TIMER: Duration = Duration::from_millis(250);

/// Minimum duration of a part.
const MIN_PART: Duration = Duration::from_secs(1);

/// A duration split into parts of a fifth of it, or a second if that is longer. A part whose timer is late does not
/// count. Parts that do not count add up to at most the duration, so that a thread that is always late reaches the end
/// too.
pub(super) struct Parts {
    longest: Duration,
    left: Duration,
    spare: Duration,
}

impl Parts {
    pub(super) fn of(duration: Duration) -> Self {
        Self {
            longest: MIN_PART.max(duration / 5),
            left: duration,
            spare: duration,
        }
    }

    /// Returns the next part; zero at the end.
    pub(super) fn next(&self) -> Duration {
        self.longest.min(self.left)
    }

    /// Records that the next part has passed, and that its timer fired this late.
    fn pass(&mut self, late: Duration) {
        let part = self.next();
        let pool = match late > LATE_TIMER && !self.spare.is_zero() {
            true => &mut self.spare,
            false => &mut self.left,
        };
        *pool = pool.saturating_sub(part);
    }
}

/// Waits for all parts; `timer` is due after the first one.
pub(super) async fn elapse(mut timer: Timer, mut parts: Parts) {
    loop {
        let late = timer.wait().await;
        parts.pass(late);
        let next = parts.next();
        if next.is_zero() {
            return;
        }
        // A slightly late timer shortens the next part.
        match late > LATE_TIMER {
            true => timer.restart(next),
            false => timer.extend(next),
        }
    }
}

#[cfg(test)]
#[cfg(not(evergrant_loom))]
mod tests {
    use super::*;

    const ON_TIME: u64 = 0;
    const BUSY: u64 = 200;
    const STOPPED: u64 = 9_000;

    /// Returns the duration of a limit in milliseconds, without lateness, if its timers are late by `late`.
    fn lasts(limit: u64, late: impl IntoIterator<Item = u64>) -> u128 {
        let mut parts = Parts::of(Duration::from_millis(limit));
        let mut total = Duration::ZERO;
        for late in late {
            total += parts.next();
            parts.pass(Duration::from_millis(late));
        }
        assert!(parts.next().is_zero(), "more timers are needed");
        total.as_millis()
    }

    #[test]
    fn a_part_does_not_count_if_the_thread_did_not_run() {
        assert_eq!(lasts(50, [STOPPED, 0]), 100);
        assert_eq!(lasts(1_500, [STOPPED, 0, 0]), 2_500);
        assert_eq!(lasts(5_000, [STOPPED, STOPPED, 0, 0, 0, 0, 0]), 7_000);
        // Stopped in the last part: a whole part remains to read the response.
        assert_eq!(lasts(5_000, [0, 0, 0, 0, STOPPED, 0]), 6_000);
        assert_eq!(lasts(15_000, [0, 0, 0, 0, STOPPED, 0]), 18_000);
    }

    const LIMITS: [(u64, usize); 5] = [(50, 1), (1_000, 1), (5_000, 5), (15_000, 5), (3_600_000, 5)];

    #[test]
    fn a_busy_machine_does_not_extend_limits() {
        for (limit, parts) in LIMITS {
            assert_eq!(lasts(limit, vec![ON_TIME; parts]), limit.into());
            assert_eq!(lasts(limit, vec![BUSY; parts]), limit.into());
        }
    }

    #[test]
    fn a_thread_that_is_always_late_at_most_doubles_a_limit() {
        for (limit, parts) in LIMITS {
            assert_eq!(lasts(limit, vec![STOPPED; parts * 2]), u128::from(limit) * 2);
        }
        Parts::of(Duration::MAX).pass(Duration::MAX);
    }
}
