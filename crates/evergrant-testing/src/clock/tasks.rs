//! Counts the tasks that were started through a manual clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use evergrant::runtime::BoxFuture;

#[derive(Default)]
pub(super) struct Tasks {
    started: AtomicU64,
    alive: Arc<AtomicU64>,
}

impl Tasks {
    pub(super) fn started(&self) -> u64 {
        self.started.load(Ordering::SeqCst)
    }

    pub(super) fn alive(&self) -> u64 {
        self.alive.load(Ordering::SeqCst)
    }

    /// The task, alive until it has finished or is dropped.
    pub(super) fn count(&self, task: BoxFuture<'static, ()>) -> impl Future<Output = ()> + Send + use<> {
        self.started.fetch_add(1, Ordering::SeqCst);
        self.alive.fetch_add(1, Ordering::SeqCst);
        let life = Life(Arc::clone(&self.alive));
        async move {
            task.await;
            drop(life);
        }
    }
}

struct Life(Arc<AtomicU64>);

impl Drop for Life {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
