//! Timestamps on two clocks, and fast access to the system clocks.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// An instant, as the time on two clocks: the wall clock, and the time since boot. Other machines share the wall clock,
/// but it may be set forward or back. The time since boot cannot be set, and it includes the time while the machine was
/// suspended.
///
/// The deadline of a token is a `Timestamp` too. It has passed as soon as *either* clock has reached it. A wall clock
/// that is set forward therefore causes at most one early renewal, and a wall clock that is set back never extends a
/// token's lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp {
    wall: u64,
    boot: u64,
}

impl Timestamp {
    /// Creates a timestamp from the time on the wall clock and the time since boot (or since any other fixed instant).
    #[must_use]
    pub fn new(wall: SystemTime, since_boot: Duration) -> Self {
        let wall = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            wall: nanos(wall),
            boot: nanos(since_boot),
        }
    }

    /// Returns the time on the wall clock, with nanosecond precision, from 1970 to 2554.
    #[must_use]
    pub fn wall(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(self.wall)
    }

    /// Returns the time since boot, including the time while the machine was suspended.
    #[must_use]
    pub fn since_boot(self) -> Duration {
        Duration::from_nanos(self.boot)
    }

    /// Returns the time from `earlier` to this timestamp, measured with the time since boot, so that setting the wall
    /// clock has no effect. Returns zero if `earlier` is later than this timestamp.
    #[must_use]
    pub fn elapsed_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.boot.saturating_sub(earlier.boot))
    }

    /// Returns whether this timestamp is at or after `deadline`, on the wall clock or in the time since boot.
    #[inline]
    #[must_use]
    pub fn has_reached(self, deadline: Self) -> bool {
        self.wall >= deadline.wall || self.boot >= deadline.boot
    }

    /// Returns the time from this timestamp until `deadline`. If the wall clock and the time since boot lead to
    /// different results, returns the shorter one. Returns zero if the deadline has passed.
    #[must_use]
    pub fn until(self, deadline: Self) -> Duration {
        let wall = deadline.wall.saturating_sub(self.wall);
        let boot = deadline.boot.saturating_sub(self.boot);
        Duration::from_nanos(wall.min(boot))
    }

    /// Returns this timestamp plus `duration`. Both of its clocks advance: the wall clock, and the time since boot. The
    /// result is at most about five centuries after this timestamp.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self {
            wall: self.wall.saturating_add(nanos(duration)),
            boot: self.boot.saturating_add(nanos(duration)),
        }
    }

    /// Returns the timestamp that is `duration` earlier, on the wall clock and in the time since boot. The minimum is
    /// zero.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self {
            wall: self.wall.saturating_sub(nanos(duration)),
            boot: self.boot.saturating_sub(nanos(duration)),
        }
    }

    /// Returns the instant at which the wall clock shows `wall`, unless it is stepped.
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

    /// The kernel's coarse clocks (a tick of 1 to 4 ms, a few nanoseconds to read), corrected for suspended time.
    ///
    /// Coarse monotonic clocks stop while the machine is suspended. A suspend appears as a jump between the wall clock
    /// and the monotonic clock; only after such a jump is the exact boot-time clock read.
    #[derive(Debug)]
    pub(crate) struct SystemClock {
        /// Wall minus monotonic time, nanoseconds, when `suspended` was measured.
        gap: AtomicI64,
        /// Boot minus monotonic time, nanoseconds: the time spent suspended.
        suspended: AtomicI64,
    }

    /// A change of the gap above this is a suspend or a step; clock discipline changes it slowly.
    const MAX_DRIFT: i64 = 100_000_000;

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
            if gap.wrapping_sub(self.gap.load(Ordering::Acquire)).unsigned_abs() > MAX_DRIFT.unsigned_abs() {
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

    /// The standard library's clocks. If the monotonic clock stops during a suspend, the wall clock still advances.
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
