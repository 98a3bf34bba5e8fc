//! Time that moves only when a test says so.

mod sleepers;
mod tasks;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use evergrant::runtime::{BlockingTask, BoxFuture, Runtime, SpawnError, Timestamp};
use tokio::runtime::Handle;
use tokio::sync::watch;

use self::sleepers::{Sleep, Sleepers};
use self::tasks::Tasks;
use crate::patience::{PATIENCE, patiently};

/// A [`Runtime`] whose clocks stand still until they are moved: give it to the library under test, and no token lifetime is
/// ever slept through. Clones share one clock. Tasks run on the surrounding tokio runtime.
///
/// It starts at 2026-01-02 03:04:05 UTC, ten days after boot.
///
/// | a call of | wall clock | time since boot | timers |
/// |---|---|---|---|
/// | [`advance`](Self::advance) | moves | moves | move, those due wake |
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
    /// Counts up whenever a timer starts to wait. Never touched under the lock, which a waiter takes in between.
    timers_started: watch::Sender<u64>,
    tasks: Tasks,
}

struct Time {
    wall: Duration,
    since_boot: Duration,
    /// What timers go by: it stands still while the machine is suspended.
    running: Duration,
    sleepers: Sleepers,
}

const START: Duration = Duration::from_secs(1_767_323_045);
const UPTIME: Duration = Duration::from_secs(10 * 24 * 3600);

/// How often [`ManualClock::settle`] yields: more often than any chain of wake-ups here is long.
const YIELDS: usize = 100;

impl ManualClock {
    /// A clock at its documented start.
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
                tasks: Tasks::default(),
            }),
        }
    }

    /// Lets time pass, and wakes the timers that are due by then, the earliest first.
    ///
    /// Time jumps: whatever a woken task does, it sees the clock at its new time, and a timer that it starts then is not due
    /// in this call. Woken tasks run when the test next awaits; see [`settle`](Self::settle).
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

    /// Suspends the machine: both clocks move, and timers do not.
    pub fn suspend(&self, duration: Duration) {
        let mut time = self.lock();
        time.wall += duration;
        time.since_boot += duration;
    }

    /// Steps the wall clock forward, as a time server or an operator might.
    pub fn step_wall_forward(&self, duration: Duration) {
        self.lock().wall += duration;
    }

    /// Steps the wall clock back, to 1970 at most.
    pub fn step_wall_back(&self, duration: Duration) {
        let mut time = self.lock();
        time.wall = time.wall.saturating_sub(duration);
    }

    /// The wall clock.
    #[must_use]
    pub fn wall(&self) -> SystemTime {
        UNIX_EPOCH + self.lock().wall
    }

    /// The wall clock of a machine that started out in agreement with this one, and whose clock nobody steps.
    pub(crate) fn elsewhere(&self) -> SystemTime {
        UNIX_EPOCH + START + (self.lock().since_boot - UPTIME)
    }

    /// How many timers are waiting.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        self.lock().sleepers.count()
    }

    /// Waits until at least that many timers are waiting.
    ///
    /// # Panics
    /// If they are not within 20 seconds of real time.
    pub async fn wait_for_sleepers(&self, count: usize) {
        let mut started = self.shared.timers_started.subscribe();
        let enough = async {
            // An error would mean that `self` is gone.
            while self.sleepers() < count && started.changed().await.is_ok() {}
        };
        let came = patiently(enough).await.is_some();
        assert!(
            came,
            "waited {PATIENCE:?} for {count} timers; there are {}",
            self.sleepers()
        );
    }

    /// Yields often enough for woken tasks, and the tasks that these wake, to run until they wait.
    ///
    /// On a current-thread runtime only, and only as far as they wait for one another, for channels, and for this clock: what
    /// waits for a socket or for another thread is not waited for. Where a server takes part, wait for what it shall have
    /// seen, as with [`AuthServer::wait_for_token_requests`](crate::AuthServer::wait_for_token_requests).
    pub async fn settle(&self) {
        for _ in 0..YIELDS {
            tokio::task::yield_now().await;
        }
    }

    /// How many tasks were started through this runtime; blocking ones are not counted.
    #[must_use]
    pub fn tasks_started(&self) -> u64 {
        self.shared.tasks.started()
    }

    /// How many of these have neither finished nor been dropped.
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
