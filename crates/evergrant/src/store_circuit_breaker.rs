//! A circuit breaker for a token store: after a failure, all managers that use the store pause its use.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::jitter;
use crate::runtime::Timestamp;

/// A circuit breaker: open for 1 s after a failure, doubling to 30 s.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    until: Option<Timestamp>,
}

const INITIAL_PAUSE: Duration = Duration::from_secs(1);
const MAX_PAUSE: Duration = Duration::from_secs(30);

impl Breaker {
    /// Returns how long the breaker is still open; zero if the store may be used.
    pub(crate) fn left(&self, now: Timestamp) -> Duration {
        let until = self.lock().until;
        until.map_or(Duration::ZERO, |until| until.elapsed_since(now))
    }

    /// Records a failure. Concurrent failures count once. Returns how long the breaker is open.
    pub(crate) fn trip(&self, now: Timestamp) -> Duration {
        let mut state = self.lock();
        if let Some(until) = state.until
            && now.since_boot() < until.since_boot()
        {
            return until.elapsed_since(now);
        }
        let pause = INITIAL_PAUSE.saturating_mul(1 << state.failures.min(8)).min(MAX_PAUSE);
        let pause = jitter::scaled(pause, jitter::around_one(0.2));
        state.failures = state.failures.saturating_add(1);
        state.until = Some(now.plus(pause));
        pause
    }

    /// Records a success. Returns whether there were failures before.
    pub(crate) fn reset(&self) -> bool {
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
    fn it_opens_for_longer_after_each_failure_and_closes_after_a_success() {
        let breaker = Breaker::default();
        let mut now = Timestamp::new(
            UNIX_EPOCH + Duration::from_secs(1_800_000_000),
            Duration::from_secs(1000),
        );
        assert!(breaker.left(now).is_zero() && !breaker.reset());
        for expected in [1, 2, 4, 8, 16, 30, 30] {
            let pause = breaker.trip(now);
            let expected = Duration::from_secs(expected);
            assert!(
                pause >= expected.mul_f64(0.8) && pause <= expected.mul_f64(1.2),
                "{pause:?}"
            );
            assert_eq!(breaker.left(now), pause);
            assert_eq!(breaker.trip(now), pause, "concurrent failures count once");
            now = now.plus(pause);
            assert!(breaker.left(now).is_zero());
        }
        assert!(breaker.reset() && !breaker.reset());
        assert!(breaker.trip(now) <= Duration::from_millis(1200));
    }
}
