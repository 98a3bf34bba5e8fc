//! The default runtime: tokio's tasks and timers, the system's clocks.

use std::fmt;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::Sleep;

use super::clock::SystemClock;
use super::running::{self, Parts};
use super::{BlockingTask, BoxFuture, Runtime, SpawnError, Timestamp};

static CLOCK: SystemClock = SystemClock::new();

/// Runs on tokio: the runtime of the calling task, or else the one that was current when this value was made.
///
/// A manager built outside any runtime works as soon as it is used inside one. Used outside any, its calls fail with
/// [`Error::NoRuntime`](crate::Error::NoRuntime). The runtime must have its timers enabled (`enable_time`).
///
/// Several runtimes may share one manager, such as the workers of a server that has a single-threaded runtime each. A
/// token request runs on the runtime of the call that needs it first. If nothing drives its task for a second because
/// that thread is blocked, a waiting call repeats the request on its own runtime. The first token is taken and the
/// other request ends. At most two such repetitions are made. A request that shows a refresh token or asks a token
/// provider is never repeated, as it may be good for one response only. For those, use [`pinned_to`](Self::pinned_to)
/// with a runtime that nothing blocks. With a [store](crate::TokenManagerBuilder::store), the repetition waits until the
/// lease of the blocked request has run out.
#[derive(Clone)]
pub struct TokioRuntime {
    handle: Option<Handle>,
    pinned: bool,
}

impl TokioRuntime {
    /// Remembers the current tokio runtime, if there is one.
    #[must_use]
    pub fn new() -> Self {
        Self {
            handle: Handle::try_current().ok(),
            pinned: false,
        }
    }

    /// Falls back to this runtime when called from outside any.
    #[must_use]
    pub fn with_handle(handle: Handle) -> Self {
        Self {
            handle: Some(handle),
            pinned: false,
        }
    }

    /// Runs every token request on this runtime, whichever runtime a call comes from.
    ///
    /// ```
    /// use evergrant::runtime::TokioRuntime;
    /// use evergrant::ClientCredentials;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let for_tokens = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    /// let builder = ClientCredentials::new("client-id", "not-a-real-secret")
    ///     .token_url("https://auth.example.com/oauth2/token")
    ///     .runtime(TokioRuntime::pinned_to(for_tokens.handle().clone()));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn pinned_to(handle: Handle) -> Self {
        Self {
            handle: Some(handle),
            pinned: true,
        }
    }

    fn handle(&self) -> Option<Handle> {
        if self.pinned {
            return self.handle.clone();
        }
        Handle::try_current().ok().or_else(|| self.handle.clone())
    }

    /// A timer of the calling task's runtime; `None` where there is none, and the work that is waited for has its own.
    fn timer(&self, duration: Duration) -> Option<Sleep> {
        match &self.handle {
            // Entering a runtime is not free, and the callers of a cold start all come here.
            Some(handle) if Handle::try_current().is_err() => {
                let _entered = handle.enter();
                Some(tokio::time::sleep(duration))
            }
            None if Handle::try_current().is_err() => None,
            _ => Some(tokio::time::sleep(duration)),
        }
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
        match self.timer(duration) {
            Some(timer) => timer.await,
            None => std::future::pending().await,
        }
    }

    async fn sleep_running(&self, duration: Duration) {
        let parts = Parts::of(duration);
        match self.timer(parts.next()) {
            Some(timer) => running::elapse(timer, parts).await,
            None => std::future::pending().await,
        }
    }

    fn spawns_locally(&self) -> bool {
        !self.pinned && Handle::try_current().is_ok()
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
