//! The default runtime: tokio's tasks and timers, the system's clocks.

use std::fmt;
use std::time::Duration;

use tokio::runtime::Handle;

use super::clock::SystemClock;
use super::{BlockingTask, BoxFuture, Runtime, SpawnError, Timestamp};

static CLOCK: SystemClock = SystemClock::new();

/// Runs on tokio: the runtime of the calling task, or else the one that was current when this value was made.
///
/// A manager built outside any runtime works as soon as it is used inside one. Used outside any, its calls fail with
/// [`Error::NoRuntime`](crate::Error::NoRuntime). The runtime must have its timers enabled (`enable_time`).
#[derive(Clone)]
pub struct TokioRuntime {
    handle: Option<Handle>,
}

impl TokioRuntime {
    /// Remembers the current tokio runtime, if there is one.
    #[must_use]
    pub fn new() -> Self {
        Self {
            handle: Handle::try_current().ok(),
        }
    }

    /// Falls back to this runtime when called from outside any.
    #[must_use]
    pub fn with_handle(handle: Handle) -> Self {
        Self { handle: Some(handle) }
    }

    fn handle(&self) -> Option<Handle> {
        Handle::try_current().ok().or_else(|| self.handle.clone())
    }
}

impl Default for TokioRuntime {
    fn default() -> Self {
        Self::new()
    }
}

impl Runtime for TokioRuntime {
    #[inline]
    fn now(&self) -> Timestamp {
        CLOCK.now()
    }

    async fn sleep(&self, duration: Duration) {
        let timer = match &self.handle {
            // Entering a runtime is not free, and the callers of a cold start all come here.
            Some(handle) if Handle::try_current().is_err() => {
                let _entered = handle.enter();
                tokio::time::sleep(duration)
            }
            None if Handle::try_current().is_err() => {
                // There is no timer, and the work that is waited for has its own.
                return std::future::pending().await;
            }
            _ => tokio::time::sleep(duration),
        };
        timer.await;
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.handle().ok_or(SpawnError)?.spawn(task);
        Ok(())
    }

    fn spawn_blocking(&self, task: BlockingTask) -> Result<(), SpawnError> {
        self.handle().ok_or(SpawnError)?.spawn_blocking(task);
        Ok(())
    }
}

impl fmt::Debug for TokioRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokioRuntime").finish_non_exhaustive()
    }
}
