//! Whether a store that has failed is asked again yet; shared by all managers that use it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::jitter;
use crate::runtime::Timestamp;

/// Open for a second after a failure, doubling to half a minute.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    until: Option<Timestamp>,
}

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

impl Breaker {
    /// How long until it is asked again; zero when it may be asked now.
    pub(crate) fn left(&self, now: Timestamp) -> Duration {
        let until = self.lock().until;
        until.map_or(Duration::ZERO, |until| until.elapsed_since(now))
    }

    /// The store has failed. Those who were on their way together count as one. Gives how long it is left alone.
    pub(crate) fn trip(&self, now: Timestamp) -> Duration {
        let mut state = self.lock();
        if let Some(until) = state.until
            && now.since_boot() < until.since_boot()
        {
            return until.elapsed_since(now);
        }
        let pause = FIRST.saturating_mul(1 << state.failures.min(8)).min(LONGEST);
        let pause = jitter::scaled(pause, jitter::around_one(0.2));
        state.failures = state.failures.saturating_add(1);
        state.until = Some(now.plus(pause));
        pause
    }

    /// The store has answered. Whether that is news.
    pub(crate) fn mend(&self) -> bool {
        let mut state = self.lock();
        let was_broken = state.failures > 0;
        *state = State::default();
        was_broken
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn it_opens_for_longer_each_time_and_closes_with_an_answer() {
        let breaker = Breaker::default();
        let mut now = Timestamp::new(
            UNIX_EPOCH + Duration::from_secs(1_800_000_000),
            Duration::from_secs(1000),
        );
        assert!(breaker.left(now).is_zero() && !breaker.mend());
        for expected in [1, 2, 4, 8, 16, 30, 30] {
            let pause = breaker.trip(now);
            let expected = Duration::from_secs(expected);
            assert!(
                pause >= expected.mul_f64(0.8) && pause <= expected.mul_f64(1.2),
                "{pause:?}"
            );
            assert_eq!(breaker.left(now), pause);
            assert_eq!(breaker.trip(now), pause, "one failure that several saw");
            now = now.plus(pause);
            assert!(breaker.left(now).is_zero());
        }
        assert!(breaker.mend() && !breaker.mend());
        assert!(breaker.trip(now) <= Duration::from_millis(1200));
    }
}
