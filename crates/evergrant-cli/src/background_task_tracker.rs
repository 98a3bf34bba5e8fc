//! A runtime that tracks the library's background tasks, so that the program can wait for their writes to a store
//! before it ends.

use std::future::Future;
use std::time::Duration;

use evergrant::runtime::{BlockingTask, BoxFuture, Runtime, SpawnError, Timestamp, TokioRuntime};
use tokio_util::task;

/// The Tokio runtime with a count of running tasks. Clones are cheap and share the count.
#[derive(Debug, Clone, Default)]
pub(crate) struct TaskTracker {
    tokio: TokioRuntime,
    running: task::TaskTracker,
}

impl TaskTracker {
    /// Waits until all tasks have finished, for `limit` at most.
    pub(crate) async fn wait(&self, limit: Duration) {
        self.running.close();
        // Slower tasks are abandoned.
        let _ = tokio::time::timeout(limit, self.running.wait()).await;
    }
}

impl Runtime for TaskTracker {
    fn now(&self) -> Timestamp {
        self.tokio.now()
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send {
        self.tokio.sleep(duration)
    }

    fn sleep_running(&self, duration: Duration) -> impl Future<Output = ()> + Send {
        self.tokio.sleep_running(duration)
    }

    fn spawns_locally(&self) -> bool {
        self.tokio.spawns_locally()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.tokio.spawn(Box::pin(self.running.track_future(task)))
    }

    fn spawn_blocking(&self, task: BlockingTask) -> Result<(), SpawnError> {
        self.tokio.spawn_blocking(task)
    }
}
