//! The seam to the outside world's clocks and task spawner; everything above reads time and starts work only here.

mod clock;
mod running;
mod tokio;

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

pub use self::clock::Timestamp;
pub use self::tokio::TokioRuntime;

/// A boxed, sendable future, as handed to [`Runtime::spawn`].
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Work that may block its thread, as handed to [`Runtime::spawn_blocking`].
pub type BlockingTask = Box<dyn FnOnce() + Send + 'static>;

/// Time and tasks, as the token lifecycle needs them.
///
/// [`TokioRuntime`] is the default. A test passes a manual clock instead, and no token lifetime is ever slept through.
///
/// # Contract
/// - [`now`](Runtime::now) is on the hot path of every API call: it must be cheap and must not block.
/// - [`spawn`](Runtime::spawn) starts the task at once and detached, or says that it cannot. A task that was accepted may
///   still be dropped when its runtime shuts down; the lifecycle copes with that.
/// - Neither spawn method may run the task before it returns.
pub trait Runtime: fmt::Debug + Send + Sync + 'static {
    /// The current time on both clocks.
    fn now(&self) -> Timestamp;

    /// Completes once `duration` has passed.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;

    /// Completes once `duration` has passed in which the process ran. Every limit is timed with it, so that an answer
    /// that arrived while the process was stopped, or the thread blocked, is read before a limit fails the call.
    ///
    /// The default is [`sleep`](Runtime::sleep). A runtime that wraps [`TokioRuntime`] passes the call on.
    fn sleep_running(&self, duration: Duration) -> impl Future<Output = ()> + Send {
        self.sleep(duration)
    }

    /// Starts a detached task.
    ///
    /// # Errors
    /// [`SpawnError`] when there is nothing to run the task on.
    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError>;

    /// Whether [`spawn`](Runtime::spawn) would start a task on the calling task's own executor, which may be another
    /// one than that of an earlier task. A call that waits for a token request whose task makes no progress then
    /// repeats the request there.
    ///
    /// The default is `false`: no request is repeated. A runtime that wraps [`TokioRuntime`] passes the call on.
    fn spawns_locally(&self) -> bool {
        false
    }

    /// Runs a task that may block, away from the threads that drive futures.
    ///
    /// # Errors
    /// [`SpawnError`] when there is nothing to run the task on.
    fn spawn_blocking(&self, task: BlockingTask) -> Result<(), SpawnError>;
}

/// There is no runtime to start a task on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SpawnError;

impl fmt::Display for SpawnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no async runtime to run the token request on")
    }
}

impl std::error::Error for SpawnError {}

/// How many turns of its executor an operation gets after its limit.
const LAST_TURNS: usize = 16;

/// A handle to any [`Runtime`]; cloning shares it.
#[derive(Clone)]
pub struct SharedRuntime(Arc<dyn DynRuntime>);

impl SharedRuntime {
    /// Wraps a runtime.
    pub fn new(runtime: impl Runtime) -> Self {
        Self(Arc::new(runtime))
    }

    #[inline]
    pub(crate) fn now(&self) -> Timestamp {
        self.0.now()
    }

    pub(crate) fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        self.0.sleep(duration)
    }

    pub(crate) fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.0.spawn(task)
    }

    pub(crate) fn spawn_blocking(&self, task: BlockingTask) -> Result<(), SpawnError> {
        self.0.spawn_blocking(task)
    }

    pub(crate) fn spawns_locally(&self) -> bool {
        self.0.spawns_locally()
    }

    /// `future`'s output, or `None` once `limit` has passed first. Only time in which the process ran counts, and what has
    /// arrived by the end of the limit is still read.
    pub(crate) async fn timeout<F: Future>(&self, limit: Duration, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        if let Some(output) = self.timeout_in_part(limit, future.as_mut()).await {
            return Some(output);
        }
        // The answer may lie in a socket that other tasks read.
        for _ in 0..LAST_TURNS {
            ::tokio::task::yield_now().await;
            let turn = std::future::poll_fn(|context| Poll::Ready(future.as_mut().poll(context)));
            if let Poll::Ready(output) = turn.await {
                return Some(output);
            }
        }
        None
    }

    /// As [`timeout`](Self::timeout), for a part of a limit that another part follows: what has arrived is read then.
    pub(crate) async fn timeout_in_part<F: Future>(
        &self,
        part: Duration,
        mut future: Pin<&mut F>,
    ) -> Option<F::Output> {
        let mut sleep = self.0.sleep_running(part);
        std::future::poll_fn(|context| {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(Some(output));
            }
            sleep.as_mut().poll(context).map(|()| None)
        })
        .await
    }
}

impl Default for SharedRuntime {
    fn default() -> Self {
        Self::new(TokioRuntime::default())
    }
}

impl<R: Runtime> From<R> for SharedRuntime {
    fn from(runtime: R) -> Self {
        Self::new(runtime)
    }
}

impl fmt::Debug for SharedRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// What a panic carried, as text.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// The object-safe twin of [`Runtime`].
trait DynRuntime: fmt::Debug + Send + Sync {
    fn now(&self) -> Timestamp;
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()>;
    fn sleep_running(&self, duration: Duration) -> BoxFuture<'_, ()>;
    fn spawns_locally(&self) -> bool;
    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError>;
    fn spawn_blocking(&self, task: BlockingTask) -> Result<(), SpawnError>;
}

impl<R: Runtime> DynRuntime for R {
    fn now(&self) -> Timestamp {
        Runtime::now(self)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(Runtime::sleep(self, duration))
    }

    fn sleep_running(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(Runtime::sleep_running(self, duration))
    }

    fn spawns_locally(&self) -> bool {
        Runtime::spawns_locally(self)
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        Runtime::spawn(self, task)
    }

    fn spawn_blocking(&self, task: BlockingTask) -> Result<(), SpawnError> {
        Runtime::spawn_blocking(self, task)
    }
}
