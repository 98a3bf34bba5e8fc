//! Time that moves only when a test says so.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use evergrant::runtime::{BlockingTask, BoxFuture, Runtime, SpawnError, Timestamp};

/// A [`Runtime`] whose clocks stand still until they are moved: give it to the library under test, and no token lifetime is
/// ever slept through. Clones share one clock. Tasks run on the surrounding tokio runtime.
///
/// It starts at 2026-01-02 03:04:05 UTC, ten days after boot.
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
    state: Arc<Mutex<State>>,
}

struct State {
    wall: Duration,
    since_boot: Duration,
    /// What timers go by: it stands still while the machine is suspended.
    running: Duration,
    sleepers: Vec<Sleeper>,
    next_sleeper: u64,
    tasks_started: u64,
}

struct Sleeper {
    id: u64,
    due: Duration,
    waker: Waker,
}

const START: Duration = Duration::from_secs(1_767_323_045);
const UPTIME: Duration = Duration::from_secs(10 * 24 * 3600);

impl ManualClock {
    /// A clock at its documented start.
    #[must_use]
    pub fn new() -> Self {
        Self {
            state: Arc::new(Mutex::new(State {
                wall: START,
                since_boot: UPTIME,
                running: UPTIME,
                sleepers: Vec::new(),
                next_sleeper: 0,
                tasks_started: 0,
            })),
        }
    }

    /// Lets time pass, and wakes the timers that are due by then.
    pub fn advance(&self, duration: Duration) {
        let mut state = self.lock();
        state.wall += duration;
        state.since_boot += duration;
        state.running += duration;
        let now = state.running;
        let due: Vec<Waker> = state
            .sleepers
            .extract_if(.., |sleeper| sleeper.due <= now)
            .map(|sleeper| sleeper.waker)
            .collect();
        drop(state);
        due.into_iter().for_each(Waker::wake);
    }

    /// Suspends the machine: both clocks move, and timers do not.
    pub fn suspend(&self, duration: Duration) {
        let mut state = self.lock();
        state.wall += duration;
        state.since_boot += duration;
    }

    /// Steps the wall clock forward, as a time server or an operator might.
    pub fn step_wall_forward(&self, duration: Duration) {
        self.lock().wall += duration;
    }

    /// Steps the wall clock back.
    pub fn step_wall_back(&self, duration: Duration) {
        let mut state = self.lock();
        state.wall = state.wall.saturating_sub(duration);
    }

    /// The wall clock.
    #[must_use]
    pub fn wall(&self) -> SystemTime {
        UNIX_EPOCH + self.lock().wall
    }

    /// How many timers are waiting.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        self.lock().sleepers.len()
    }

    /// How many tasks were started through this runtime.
    #[must_use]
    pub fn tasks_started(&self) -> u64 {
        self.lock().tasks_started
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Runtime for ManualClock {
    fn now(&self) -> Timestamp {
        let state = self.lock();
        Timestamp::new(UNIX_EPOCH + state.wall, state.since_boot)
    }

    async fn sleep(&self, duration: Duration) {
        let due = self.lock().running.saturating_add(duration);
        let clock = self.clone();
        Sleep { clock, due, id: None }.await;
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        let tokio = evergrant::runtime::TokioRuntime::new();
        tokio.spawn(task)?;
        self.lock().tasks_started += 1;
        Ok(())
    }

    fn spawn_blocking(&self, task: BlockingTask) -> Result<(), SpawnError> {
        evergrant::runtime::TokioRuntime::new().spawn_blocking(task)
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualClock")
            .field("wall", &self.wall())
            .finish_non_exhaustive()
    }
}

struct Sleep {
    clock: ManualClock,
    due: Duration,
    id: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let sleep = &mut *self;
        let mut state = sleep.clock.lock();
        if state.running >= sleep.due {
            return Poll::Ready(());
        }
        let id = *sleep.id.get_or_insert_with(|| {
            state.next_sleeper += 1;
            state.next_sleeper
        });
        state.sleepers.retain(|sleeper| sleeper.id != id);
        state.sleepers.push(Sleeper {
            id,
            due: sleep.due,
            waker: context.waker().clone(),
        });
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.clock.lock().sleepers.retain(|sleeper| sleeper.id != id);
        }
    }
}
