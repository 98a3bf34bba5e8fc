//! The manual clock, which moves only when a test moves it.

mod task_count;
mod waiting_timers;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use evergrant::runtime::{BlockingTask, BoxFuture, Runtime, SpawnError, Timestamp};
use tokio::runtime::Handle;
use tokio::sync::watch;

use self::task_count::TaskCount;
use self::waiting_timers::{Sleep, Sleepers};
use crate::timeouts::{TIMEOUT, with_timeout};

/// A [`Runtime`] for tests whose time moves only when a test moves it, so that a test of token lifetimes needs no
/// sleeps. Clones share one clock. Tasks run on the surrounding tokio runtime.
///
/// The clock starts at 2026-01-02 03:04:05 UTC, ten days after boot.
///
/// | method | wall clock | time since boot | timers |
/// |---|---|---|---|
/// | [`advance`](Self::advance) | moves | moves | move; due timers fire |
/// | [`suspend`](Self::suspend) | moves | moves | stand still |
/// | [`step_wall_forward`](Self::step_wall_forward), [`step_wall_back`](Self::step_wall_back) | moves | stands still | stand still |
///
/// ```
/// use std::time::Duration;
/// use evergrant::runtime::Runtime;
/// use evergrant_testing::ManualClock;
///
/// let clock = ManualClock::new();
/// let start = clock.now();
/// clock.advance(Duration::from_secs(3600));
/// assert_eq!(clock.now().elapsed_since(start), Duration::from_secs(3600));
/// ```
#[derive(Clone)]
pub struct ManualClock {
    shared: Arc<Shared>,
}

struct Shared {
    time: Mutex<Time>,
    /// Number of timers that have started. Never changed while `time` is locked, because a waiter locks it.
    timers_started: watch::Sender<u64>,
    tasks: TaskCount,
}

struct Time {
    wall: Duration,
    since_boot: Duration,
    /// The time of timers, which stands still while the machine is suspended.
    running: Duration,
    sleepers: Sleepers,
}

const START: Duration = Duration::from_secs(1_767_323_045);
const UPTIME: Duration = Duration::from_secs(10 * 24 * 3600);

/// Number of yields of [`ManualClock::settle`]: more than the longest chain of wake-ups in these tests.
const YIELDS: usize = 100;

impl ManualClock {
    /// Creates a clock that shows 2026-01-02 03:04:05 UTC, ten days after boot.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shared: Arc::new(Shared {
                time: Mutex::new(Time {
                    wall: START,
                    since_boot: UPTIME,
                    running: UPTIME,
                    sleepers: Sleepers::default(),
                }),
                timers_started: watch::Sender::new(0),
                tasks: TaskCount::default(),
            }),
        }
    }

    /// Advances the time by `duration`, and wakes all due timers, the earliest first.
    ///
    /// The time jumps: woken tasks see only the new time. Timers that these tasks start do not fire within this call.
    /// Woken tasks run when the test awaits the next time; see [`settle`](Self::settle).
    pub fn advance(&self, duration: Duration) {
        let due = {
            let mut time = self.lock();
            time.wall += duration;
            time.since_boot += duration;
            time.running += duration;
            let now = time.running;
            time.sleepers.due_by(now)
        };
        due.into_iter().for_each(std::task::Waker::wake);
    }

    /// Simulates a machine that is suspended for `duration`: the wall clock and the time since boot move, and timers
    /// stand still.
    pub fn suspend(&self, duration: Duration) {
        let mut time = self.lock();
        time.wall += duration;
        time.since_boot += duration;
    }

    /// Steps the wall clock forward by `duration`, as a time server or an operator would.
    pub fn step_wall_forward(&self, duration: Duration) {
        self.lock().wall += duration;
    }

    /// Steps the wall clock back by `duration`, but not before 1970.
    pub fn step_wall_back(&self, duration: Duration) {
        let mut time = self.lock();
        time.wall = time.wall.saturating_sub(duration);
    }

    /// Returns the current time of the wall clock.
    #[must_use]
    pub fn wall(&self) -> SystemTime {
        UNIX_EPOCH + self.lock().wall
    }

    /// Returns the wall clock without any steps: the time of another machine.
    pub(crate) fn unstepped_wall(&self) -> SystemTime {
        UNIX_EPOCH + START + (self.lock().since_boot - UPTIME)
    }

    /// Returns the number of timers that are waiting on this clock.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        self.lock().sleepers.count()
    }

    /// Waits until at least `count` timers are waiting on this clock.
    ///
    /// # Panics
    /// Panics if this takes longer than 20 seconds of real time.
    pub async fn wait_for_sleepers(&self, count: usize) {
        let mut started = self.shared.timers_started.subscribe();
        let enough = async {
            // This fails only after `self` has been dropped.
            while self.sleepers() < count && started.changed().await.is_ok() {}
        };
        let reached = with_timeout(enough).await.is_some();
        assert!(
            reached,
            "expected {count} waiting timers within {TIMEOUT:?}, found {}",
            self.sleepers()
        );
    }

    /// Yields until all tasks that were woken, and the tasks that they wake, are waiting again.
    ///
    /// This works only on a current-thread runtime, and only for tasks that wait for one another, for channels or for
    /// this clock. It does not work for tasks that wait for sockets or other threads. If the tasks wait for a test
    /// server, wait for the server's requests instead, for example with
    /// [`AuthServer::wait_for_token_requests`](crate::AuthServer::wait_for_token_requests).
    pub async fn settle(&self) {
        for _ in 0..YIELDS {
            tokio::task::yield_now().await;
        }
    }

    /// Returns the number of async tasks that the library under test has started on this [`Runtime`]. Blocking tasks
    /// are not included.
    #[must_use]
    pub fn tasks_started(&self) -> u64 {
        self.shared.tasks.started()
    }

    /// Returns the number of async tasks that were started on this [`Runtime`] and have neither finished nor been
    /// dropped.
    #[must_use]
    pub fn tasks_alive(&self) -> u64 {
        self.shared.tasks.alive()
    }

    fn lock(&self) -> MutexGuard<'_, Time> {
        self.shared.time.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Runtime for ManualClock {
    fn now(&self) -> Timestamp {
        let time = self.lock();
        Timestamp::new(UNIX_EPOCH + time.wall, time.since_boot)
    }

    async fn sleep(&self, duration: Duration) {
        let due = self.lock().running.saturating_add(duration);
        Sleep::until(due, self.clone()).await;
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        let handle = Handle::try_current().map_err(|_| SpawnError)?;
        handle.spawn(self.shared.tasks.count(task));
        Ok(())
    }

    fn spawn_blocking(&self, task: BlockingTask) -> Result<(), SpawnError> {
        Handle::try_current().map_err(|_| SpawnError)?.spawn_blocking(task);
        Ok(())
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualClock")
            .field("wall", &self.wall())
            .field("sleepers", &self.sleepers())
            .finish_non_exhaustive()
    }
}
