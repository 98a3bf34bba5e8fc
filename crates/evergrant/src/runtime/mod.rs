//! The interface to a runtime: clocks, timers and tasks. All other code reads the time and starts tasks only through
//! it.

mod clock;
mod running_time;
mod system_clock_timer;
mod tokio;

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use ::tokio::sync::oneshot;
use tracing::{Span, dispatcher};

pub use self::clock::Timestamp;
pub use self::tokio::TokioRuntime;

/// A boxed `Send` future, such as a task for [`Runtime::spawn`].
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A task that may block its thread, as passed to [`Runtime::spawn_blocking`].
pub type BlockingTask = Box<dyn FnOnce() + Send + 'static>;

/// A runtime for token managers: the clock, timers and tasks.
///
/// The default is [`TokioRuntime`]. Tests can use the manual clock of `evergrant-testing` instead, so that they need
/// not sleep for a token's lifetime.
///
/// # Contract
/// - [`now`](Runtime::now) is called for each API call. It must be fast and must not block.
/// - [`spawn`](Runtime::spawn) starts a detached task immediately, or returns an error. An accepted task may still be
///   dropped when its runtime shuts down.
/// - [`spawn`](Runtime::spawn) and [`spawn_blocking`](Runtime::spawn_blocking) must not run the task inline, before
///   they return.
pub trait Runtime: fmt::Debug + Send + Sync + 'static {
    /// Returns the current time, on the wall clock and since boot.
    fn now(&self) -> Timestamp;

    /// Completes once `duration` has passed.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;

    /// Completes once the process has run for `duration`. The time during which the process is stopped, or its thread
    /// is blocked, does not count. All time limits use this timer: a response that arrives during such a stop is then
    /// still read before the time limit ends the call.
    ///
    /// Default: the same as [`sleep`](Runtime::sleep). A runtime that wraps [`TokioRuntime`] should forward the call.
    fn sleep_running(&self, duration: Duration) -> impl Future<Output = ()> + Send {
        self.sleep(duration)
    }

    /// Returns the output of `future`, or `None` if `limit` passes first. As with
    /// [`sleep_running`](Runtime::sleep_running), time during which the process is stopped does not count. A response
    /// that has arrived within the limit is still read.
    ///
    /// ```
    /// use std::time::Duration;
    /// use evergrant::runtime::{Runtime as _, TokioRuntime};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let runtime = TokioRuntime::new();
    /// assert_eq!(runtime.timeout(Duration::from_secs(5), async { 1 }).await, Some(1));
    /// assert_eq!(runtime.timeout(Duration::ZERO, std::future::pending::<()>()).await, None);
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn timeout<F>(&self, limit: Duration, future: F) -> impl Future<Output = Option<F::Output>> + Send
    where
        F: Future + Send,
        F::Output: Send,
    {
        first_of(future, self.sleep_running(limit))
    }

    /// Starts a task without waiting for it.
    ///
    /// # Errors
    /// [`SpawnError`] if no executor is available for the task.
    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError>;

    /// Returns whether [`spawn`](Runtime::spawn) runs a task on the executor of the calling task, so that tasks of
    /// different callers may run on different executors. If so, and if the task of a token request makes no progress, a
    /// call that waits for the token sends the request again on its own executor.
    ///
    /// Default: `false`, which means that no request is repeated. A runtime that wraps [`TokioRuntime`] should forward
    /// the call.
    fn spawns_locally(&self) -> bool {
        false
    }

    /// Fills `bytes` with cryptographically secure random bytes, for identifiers in assertions and proofs.
    ///
    /// Default: random bytes of the operating system.
    ///
    /// # Errors
    /// An I/O error if no random bytes are available.
    fn fill_random(&self, bytes: &mut [u8]) -> std::io::Result<()> {
        getrandom::fill(bytes).map_err(|error| std::io::Error::other(error.to_string()))
    }

    /// Runs a task that may block, on a thread that does not poll futures.
    ///
    /// # Errors
    /// [`SpawnError`] if no executor is available for the task.
    fn spawn_blocking(&self, task: BlockingTask) -> Result<(), SpawnError>;
}

/// The error of a [`Runtime`] that cannot start a task.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SpawnError;

impl fmt::Display for SpawnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no async runtime to run the token request on")
    }
}

impl std::error::Error for SpawnError {}

/// How often an operation is polled after its limit.
const GRACE_POLLS: usize = 16;

/// Returns the output of `future`, or `None` if `limit` is ready first, and `future` is not ready soon after it.
async fn first_of<F: Future>(future: F, limit: impl Future<Output = ()>) -> Option<F::Output> {
    let mut future = pin!(future);
    if let Some(output) = ready_before(future.as_mut(), limit).await {
        return Some(output);
    }
    // Other tasks may still have to read the response from a socket.
    for _ in 0..GRACE_POLLS {
        ::tokio::task::yield_now().await;
        let poll = std::future::poll_fn(|context| Poll::Ready(future.as_mut().poll(context)));
        if let Poll::Ready(output) = poll.await {
            return Some(output);
        }
    }
    None
}

/// Returns the output of `future`, or `None` if `limit` is ready first.
async fn ready_before<F: Future>(mut future: Pin<&mut F>, limit: impl Future<Output = ()>) -> Option<F::Output> {
    let mut limit = pin!(limit);
    std::future::poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        limit.as_mut().poll(context).map(|()| None)
    })
    .await
}

/// A shared handle to a [`Runtime`].
#[derive(Clone)]
pub struct SharedRuntime(Arc<dyn DynRuntime>);

impl SharedRuntime {
    /// Creates a shared handle to this runtime.
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

    /// Runs a task that may block, whose events belong to the current span. Returns its output, or the problem.
    pub(crate) async fn run_blocking<T: Send + 'static>(
        &self,
        task: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, String> {
        let (sender, receiver) = oneshot::channel();
        let (span, subscriber) = (Span::current(), dispatcher::get_default(Clone::clone));
        let task = move || dispatcher::with_default(&subscriber, || span.in_scope(task));
        // A caller that was cancelled no longer waits for the output.
        let task = Box::new(move || drop(sender.send(task())));
        let spawned = self.spawn_blocking(task);
        spawned.map_err(|error| error.to_string())?;
        let ended = "a blocking task ended without an output: it panicked, or the runtime shut down";
        receiver.await.map_err(|_| ended.to_owned())
    }

    pub(crate) fn fill_random(&self, bytes: &mut [u8]) -> std::io::Result<()> {
        self.0.fill_random(bytes)
    }

    pub(crate) fn spawns_locally(&self) -> bool {
        self.0.spawns_locally()
    }

    /// Returns the output of `future`, or `None` if `limit` passes first: see [`Runtime::timeout`].
    pub(crate) async fn timeout<F: Future>(&self, limit: Duration, future: F) -> Option<F::Output> {
        first_of(future, self.0.sleep_running(limit)).await
    }

    /// Returns whether the process or its thread did not run for part of a wait that exceeded its limit.
    pub(crate) fn has_stalled(&self, began: Timestamp, limit: Duration) -> bool {
        self.now().elapsed_since(began) > limit.saturating_add(running_time::LATE_TIMER)
    }

    /// Like [`timeout`](Self::timeout), for a part of a limit that is followed by another part, which reads late
    /// responses.
    pub(crate) async fn timeout_in_part<F: Future>(&self, part: Duration, future: Pin<&mut F>) -> Option<F::Output> {
        ready_before(future, self.0.sleep_running(part)).await
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

/// Returns the message of a panic.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// The object-safe form of [`Runtime`].
trait DynRuntime: fmt::Debug + Send + Sync {
    fn now(&self) -> Timestamp;
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()>;
    fn sleep_running(&self, duration: Duration) -> BoxFuture<'_, ()>;
    fn spawns_locally(&self) -> bool;
    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError>;
    fn spawn_blocking(&self, task: BlockingTask) -> Result<(), SpawnError>;
    fn fill_random(&self, bytes: &mut [u8]) -> std::io::Result<()>;
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

    fn fill_random(&self, bytes: &mut [u8]) -> std::io::Result<()> {
        Runtime::fill_random(self, bytes)
    }
}
