//! One instant read on two clocks, and the cheap system clocks behind it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// One instant on two clocks: the wall clock, which others share but which may be stepped, and the time since boot, which
/// nobody can step and which keeps counting while the machine is suspended.
///
/// A token's deadline is a `Timestamp` too, and has passed as soon as *either* clock says so. A wall clock stepped
/// forward then costs at most one early renewal, and one stepped back can never stretch a token's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp {
    wall: u64,
    boot: u64,
}

impl Timestamp {
    /// Pairs a wall-clock time with the time since boot (or since any fixed point in the past).
    #[must_use]
    pub fn new(wall: SystemTime, since_boot: Duration) -> Self {
        let wall = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            wall: nanos(wall),
            boot: nanos(since_boot),
        }
    }

    /// The wall-clock time, to the nanosecond, from 1970 to 2554.
    #[must_use]
    pub fn wall(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(self.wall)
    }

    /// The time since boot, suspended time included.
    #[must_use]
    pub fn since_boot(self) -> Duration {
        Duration::from_nanos(self.boot)
    }

    /// How long ago `earlier` was, on the clock that cannot be stepped; zero if it lies ahead.
    #[must_use]
    pub fn elapsed_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.boot.saturating_sub(earlier.boot))
    }

    /// Whether `deadline` has come, on either clock.
    #[inline]
    #[must_use]
    pub fn has_reached(self, deadline: Self) -> bool {
        self.wall >= deadline.wall || self.boot >= deadline.boot
    }

    /// What is left until `deadline`: the shorter of what the two clocks say.
    #[must_use]
    pub fn until(self, deadline: Self) -> Duration {
        let wall = deadline.wall.saturating_sub(self.wall);
        let boot = deadline.boot.saturating_sub(self.boot);
        Duration::from_nanos(wall.min(boot))
    }

    /// The instant `duration` later, on both clocks; saturates some five centuries ahead.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self {
            wall: self.wall.saturating_add(nanos(duration)),
            boot: self.boot.saturating_add(nanos(duration)),
        }
    }

    /// The instant `duration` earlier, on both clocks; stops at their zero.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self {
            wall: self.wall.saturating_sub(nanos(duration)),
            boot: self.boot.saturating_sub(nanos(duration)),
        }
    }

    /// The instant at which the wall clock will show `wall`, if nobody steps it.
    pub(crate) fn at_wall(self, wall: SystemTime) -> Self {
        let wall = nanos(wall.duration_since(UNIX_EPOCH).unwrap_or_default());
        let boot = if wall >= self.wall {
            self.boot.saturating_add(wall - self.wall)
        } else {
            self.boot.saturating_sub(self.wall - wall)
        };
        Self { wall, boot }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(target_os = "linux")]
pub(super) use self::linux::SystemClock;
#[cfg(not(target_os = "linux"))]
pub(super) use self::portable::SystemClock;

#[cfg(target_os = "linux")]
mod linux {
    use std::sync::atomic::{AtomicI64, Ordering};

    use rustix::time::{ClockId, Timespec, clock_gettime};

    use super::Timestamp;

    /// The kernel's coarse clocks (a tick of 1 to 4 ms, a few nanoseconds to read), corrected for time spent suspended.
    ///
    /// No coarse clock counts while the machine sleeps. But a sleep shows as a jump between the wall clock and the
    /// monotonic one, so only after such a jump is the exact boot-time clock read.
    #[derive(Debug)]
    pub(crate) struct SystemClock {
        /// Wall minus monotonic time, nanoseconds, when `suspended` was measured.
        gap: AtomicI64,
        /// Boot minus monotonic time, nanoseconds: the time spent suspended.
        suspended: AtomicI64,
    }

    /// Clock discipline slews the gap slowly; anything faster than this is a sleep or a step.
    const JUMP: i64 = 100_000_000;

    impl SystemClock {
        pub(crate) const fn new() -> Self {
            Self {
                gap: AtomicI64::new(i64::MIN),
                suspended: AtomicI64::new(0),
            }
        }

        #[inline]
        pub(crate) fn now(&self) -> Timestamp {
            let wall = nanos(clock_gettime(ClockId::RealtimeCoarse));
            let monotonic = nanos(clock_gettime(ClockId::MonotonicCoarse));
            let gap = wall.wrapping_sub(monotonic);
            if gap.wrapping_sub(self.gap.load(Ordering::Acquire)).unsigned_abs() > JUMP.unsigned_abs() {
                self.measure(gap);
            }
            let boot = monotonic.saturating_add(self.suspended.load(Ordering::Relaxed));
            Timestamp {
                wall: u64::try_from(wall).unwrap_or(0),
                boot: u64::try_from(boot).unwrap_or(0),
            }
        }

        #[cold]
        fn measure(&self, gap: i64) {
            let boot = nanos(clock_gettime(ClockId::Boottime));
            let monotonic = nanos(clock_gettime(ClockId::Monotonic));
            self.suspended
                .store(boot.saturating_sub(monotonic).max(0), Ordering::Relaxed);
            self.gap.store(gap, Ordering::Release);
        }
    }

    fn nanos(time: Timespec) -> i64 {
        time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec)
    }
}

#[cfg(not(target_os = "linux"))]
mod portable {
    use std::sync::OnceLock;
    use std::time::{Instant, SystemTime};

    use super::Timestamp;

    /// The standard library's clocks. Where its monotonic clock stops in suspend, the wall clock tells.
    #[derive(Debug)]
    pub(crate) struct SystemClock {
        origin: OnceLock<Instant>,
    }

    impl SystemClock {
        pub(crate) const fn new() -> Self {
            Self {
                origin: OnceLock::new(),
            }
        }

        #[expect(clippy::disallowed_methods, reason = "this is the clock that the rest reads")]
        pub(crate) fn now(&self) -> Timestamp {
            let now = Instant::now();
            let origin = *self.origin.get_or_init(|| now);
            Timestamp::new(SystemTime::now(), now.saturating_duration_since(origin))
        }
    }
}
