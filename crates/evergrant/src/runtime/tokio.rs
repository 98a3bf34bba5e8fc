//! The default runtime: tokio's tasks and timers, and the system clocks.

use std::fmt;
use std::time::Duration;

use tokio::runtime::Handle;

use super::clock::SystemClock;
use super::running_time::{self, Parts};
use super::system_clock_timer::{self, Timer};
use super::{BlockingTask, BoxFuture, Runtime, SpawnError, Timestamp};

static CLOCK: SystemClock = SystemClock::new();

/// The [`Runtime`](super::Runtime) on tokio. A task runs on the tokio runtime of the task that starts it. If a call is
/// made outside a tokio runtime, the task runs on the runtime that was current when this value was created.
///
/// A token manager can be built outside a tokio runtime and used inside one. If no runtime is available, calls fail
/// with [`Error::NoRuntime`](crate::Error::NoRuntime). The tokio runtime must have timers enabled (`enable_time`).
///
/// # Several runtimes
/// Several tokio runtimes can share one manager, such as server workers with a single-threaded runtime each. A token
/// request runs on the runtime of the first call that needs it. If the task of the request does not run for one second
/// because its thread is blocked, a waiting call repeats the request on its own runtime. The token that arrives first
/// is used, and the other request is dropped. A request is repeated at most twice. With a
/// [store](crate::TokenManagerBuilder::store), the repeated request waits until the lease of the blocked request has
/// expired.
///
/// Requests with a refresh token or through a [token provider](crate::TokenProvider) are never repeated in this way,
/// because the server may accept them only once. If you have such requests, use [`pinned_to`](Self::pinned_to) with a
/// runtime that is never blocked.
///
/// # Tests that pause Tokio's clock
/// Time limits and pauses are measured with the system's clock, because servers respond in real time. If the
/// application pauses Tokio's clock (`tokio::time::pause`, `#[tokio::test(start_paused = true)]`), this neither ends a
/// wait nor expires a token. A test that controls the time of a manager passes the manual clock of `evergrant-testing`
/// to [`TokenManagerBuilder::runtime`](crate::TokenManagerBuilder::runtime).
#[derive(Clone)]
pub struct TokioRuntime {
    handle: Option<Handle>,
    pinned: bool,
}

impl TokioRuntime {
    /// Creates a `TokioRuntime`. Calls outside a tokio runtime use the runtime that is current now, if there is one.
    #[must_use]
    pub fn new() -> Self {
        Self {
            handle: Handle::try_current().ok(),
            pinned: false,
        }
    }

    /// Creates a `TokioRuntime`. Calls outside a tokio runtime use the runtime of `handle`.
    #[must_use]
    pub fn with_handle(handle: Handle) -> Self {
        Self {
            handle: Some(handle),
            pinned: false,
        }
    }

    /// Creates a `TokioRuntime` that runs all token requests on the runtime of `handle`, even if a call is made on
    /// another one.
    ///
    /// ```
    /// use evergrant::runtime::TokioRuntime;
    /// use evergrant::ClientCredentials;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let for_tokens = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    /// let builder = ClientCredentials::builder("client-id", "not-a-real-secret")
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

    /// Returns whether the application has paused Tokio's clock on the runtime of the calling task, so that it differs
    /// from the system's clock. Tokio's timers are then unrelated to the time that a server takes to respond.
    #[must_use]
    pub fn is_clock_paused() -> bool {
        system_clock_timer::is_paused()
    }

    fn handle(&self) -> Option<Handle> {
        if self.pinned {
            return self.handle.clone();
        }
        Handle::try_current().ok().or_else(|| self.handle.clone())
    }

    /// Returns a timer; `None` if there is no runtime, in which case the awaited operation has its own limit.
    fn timer(&self, duration: Duration) -> Option<Timer> {
        match &self.handle {
            // Entering a runtime is not free, and all callers of a cold start reach this point.
            Some(handle) if Handle::try_current().is_err() => {
                let _entered = handle.enter();
                Some(Timer::new(duration))
            }
            None if Handle::try_current().is_err() => None,
            _ => Some(Timer::new(duration)),
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
            Some(mut timer) => {
                timer.wait().await;
            }
            None => std::future::pending().await,
        }
    }

    async fn sleep_running(&self, duration: Duration) {
        let parts = Parts::of(duration);
        match self.timer(parts.next()) {
            Some(timer) => running_time::elapse(timer, parts).await,
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
