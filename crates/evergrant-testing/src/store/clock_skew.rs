//! Processes with a wrong wall clock.

use std::time::Duration;

use evergrant::runtime::{BlockingTask, BoxFuture, Runtime, SpawnError, Timestamp, TokioRuntime};

/// The tokio runtime with a wall clock that is one hour ahead or behind.
#[derive(Debug, Clone)]
pub(super) enum SkewedClock {
    Ahead(TokioRuntime),
    Behind(TokioRuntime),
}

const HOUR: Duration = Duration::from_secs(3600);

impl SkewedClock {
    fn tokio(&self) -> &TokioRuntime {
        match self {
            Self::Ahead(runtime) | Self::Behind(runtime) => runtime,
        }
    }
}

impl Runtime for SkewedClock {
    fn now(&self) -> Timestamp {
        let now = self.tokio().now();
        let wall = match self {
            Self::Ahead(_) => now.wall() + HOUR,
            Self::Behind(_) => now.wall() - HOUR,
        };
        Timestamp::new(wall, now.since_boot())
    }

    async fn sleep(&self, duration: Duration) {
        self.tokio().sleep(duration).await;
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.tokio().spawn(task)
    }

    fn spawn_blocking(&self, task: BlockingTask) -> Result<(), SpawnError> {
        self.tokio().spawn_blocking(task)
    }
}
