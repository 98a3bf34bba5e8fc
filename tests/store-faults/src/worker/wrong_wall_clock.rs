//! A runtime whose wall clock is wrong.

use std::time::{Duration, SystemTime};

use evergrant::runtime::{BlockingTask, BoxFuture, Runtime, SpawnError, Timestamp, TokioRuntime};

/// Tokio's time, with an offset on the wall clock.
#[derive(Debug, Clone)]
pub(super) struct SkewedClock {
    inner: TokioRuntime,
    /// Seconds that the wall clock is ahead; behind if negative.
    offset_seconds: i64,
}

impl SkewedClock {
    pub(super) fn new(offset_seconds: i64) -> Self {
        Self {
            inner: TokioRuntime::new(),
            offset_seconds,
        }
    }

    fn shift(&self, wall: SystemTime) -> SystemTime {
        let offset = Duration::from_secs(self.offset_seconds.unsigned_abs());
        if self.offset_seconds < 0 {
            wall - offset
        } else {
            wall + offset
        }
    }
}

impl Runtime for SkewedClock {
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
