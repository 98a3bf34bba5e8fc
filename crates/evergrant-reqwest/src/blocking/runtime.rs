//! The runtime of a blocking client, and the check that the calling thread may block.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use evergrant::BuildError;
use tokio::runtime::{Builder, Handle};
use tokio::task;

use crate::Error;

pub(super) struct Runtime {
    handle: Handle,
    /// `None` after the drop.
    worker: Option<tokio::runtime::Runtime>,
}

impl Runtime {
    pub(super) fn start() -> Result<Self, BuildError> {
        let worker = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("evergrant")
            .enable_all()
            .build()
            .map_err(|error| BuildError::HttpClient {
                problem: format!("the worker thread cannot be started: {error}"),
            })?;
        Ok(Self {
            handle: worker.handle().clone(),
            worker: Some(worker),
        })
    }

    /// Runs the future on the calling thread; tasks that it spawns run on the worker thread.
    pub(super) fn wait<F: Future>(&self, future: F) -> Result<F::Output, Error> {
        if !may_block() {
            let problem = "a blocking call was made from async code; use evergrant_reqwest::Client there, or make the call \
                           in tokio::task::spawn_blocking or on a separate thread";
            return Err(Error::Request(problem.to_owned()));
        }
        Ok(self.handle.block_on(future))
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(worker) = self.worker.take() {
            // The last clone may be dropped in async code, where waiting for the thread is not allowed.
            worker.shutdown_background();
        }
    }
}

/// Returns whether the current thread may block: it is outside of any runtime, or in `spawn_blocking` or
/// `block_in_place`. In the latter two, a task is current, but no scheduler polls it. The future of a `block_on` is not
/// a task.
fn may_block() -> bool {
    Handle::try_current().is_err() || (task::try_id().is_some() && !is_scheduled())
}

/// Returns whether a scheduler polls the current task. A scheduler defers the waker of `yield_now`; without one, the
/// waker is woken immediately. Tokio has no other check that does not panic.
fn is_scheduled() -> bool {
    let woken = Arc::new(WakeFlag(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&woken));
    let _ = pin!(task::yield_now()).poll(&mut Context::from_waker(&waker));
    !woken.0.load(Ordering::Acquire)
}

struct WakeFlag(AtomicBool);

impl Wake for WakeFlag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}
