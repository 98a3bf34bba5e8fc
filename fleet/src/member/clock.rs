//! A machine whose wall clock is wrong.

use std::time::{Duration, SystemTime};

use evergrant::runtime::{BlockingTask, BoxFuture, Runtime, SpawnError, Timestamp, TokioRuntime};

/// tokio's time, and a wall clock that is off.
#[derive(Debug, Clone)]
pub(super) struct WrongClock {
    inner: TokioRuntime,
    /// Seconds; behind, where negative.
    ahead: i64,
}

impl WrongClock {
    pub(super) fn new(ahead: i64) -> Self {
        Self {
            inner: TokioRuntime::new(),
            ahead,
        }
    }

    fn shift(&self, wall: SystemTime) -> SystemTime {
        let off = Duration::from_secs(self.ahead.unsigned_abs());
        if self.ahead < 0 { wall - off } else { wall + off }
    }
}

impl Runtime for WrongClock {
    fn now(&self) -> Timestamp {
        let now = self.inner.now();
        Timestamp::new(self.shift(now.wall()), now.since_boot())
    }

    async fn sleep(&self, duration: Duration) {
        self.inner.sleep(duration).await;
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.inner.spawn(task)
    }

    fn spawn_blocking(&self, task: BlockingTask) -> Result<(), SpawnError> {
        self.inner.spawn_blocking(task)
    }
}
