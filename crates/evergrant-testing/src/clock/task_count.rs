//! Counts the tasks started on a manual clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use evergrant::runtime::BoxFuture;

#[derive(Default)]
pub(super) struct TaskCount {
    started: AtomicU64,
    alive: Arc<AtomicU64>,
}

impl TaskCount {
    pub(super) fn started(&self) -> u64 {
        self.started.load(Ordering::SeqCst)
    }

    pub(super) fn alive(&self) -> u64 {
        self.alive.load(Ordering::SeqCst)
    }

    /// Wraps a task so that it counts as alive until it finishes or is dropped.
    pub(super) fn count(&self, task: BoxFuture<'static, ()>) -> impl Future<Output = ()> + Send + use<> {
        self.started.fetch_add(1, Ordering::SeqCst);
        self.alive.fetch_add(1, Ordering::SeqCst);
        let guard = AliveGuard(Arc::clone(&self.alive));
        async move {
            task.await;
            drop(guard);
        }
    }
}

struct AliveGuard(Arc<AtomicU64>);

impl Drop for AliveGuard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
