//! A blocking client's runtime, and whether the calling thread may wait for it.

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
    /// `None` once dropped.
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
                problem: format!("its thread cannot be started: {error}"),
            })?;
        Ok(Self {
            handle: worker.handle().clone(),
            worker: Some(worker),
        })
    }

    /// Runs the future on the calling thread; what it spawns runs on the worker.
    pub(super) fn wait<F: Future>(&self, future: F) -> Result<F::Output, Error> {
        if !may_wait() {
            let problem = "a blocking call was made from async code; use evergrant_reqwest::Client there, or make the call \
                           in tokio::task::spawn_blocking or on a thread of its own";
            return Err(Error::Request(problem.to_owned()));
        }
        Ok(self.handle.block_on(future))
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(worker) = self.worker.take() {
            // To wait for it is not allowed in async code, where the last clone may be dropped.
            worker.shutdown_background();
        }
    }
}

/// Whether the thread is on no runtime, or was lent out for waiting, by `spawn_blocking` or `block_in_place`. There, a task is
/// current, and no scheduler is at work. The future of a `block_on` is not a task.
fn may_wait() -> bool {
    Handle::try_current().is_err() || (task::try_id().is_some() && !is_scheduled())
}

/// A scheduler keeps the waker of whoever yields until others have had their turn; where there is none, it is woken at once.
/// Tokio has no plainer way to ask, short of a panic.
fn is_scheduled() -> bool {
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&woken));
    let _ = pin!(task::yield_now()).poll(&mut Context::from_waker(&waker));
    !woken.0.load(Ordering::Acquire)
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}
