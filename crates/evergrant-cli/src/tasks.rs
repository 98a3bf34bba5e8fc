//! Time and tasks for the library, and the end of its tasks: what one of them tells a store is to arrive there before the program
//! ends.

use std::future::Future;
use std::time::Duration;

use evergrant::runtime::{BlockingTask, BoxFuture, Runtime, SpawnError, Timestamp, TokioRuntime};
use tokio::sync::watch;

/// Tokio's, counted. A cheap clone; all clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tasks {
    tokio: TokioRuntime,
    under_way: watch::Sender<usize>,
}

/// One of those under way, finished or dropped.
struct Task(watch::Sender<usize>);

impl Tasks {
    /// Waits for all of them, for so long.
    pub(crate) async fn done(&self, limit: Duration) {
        let mut under_way = self.under_way.subscribe();
        // Those that take longer are given up.
        let _ = tokio::time::timeout(limit, under_way.wait_for(|tasks| *tasks == 0)).await;
    }
}

impl Runtime for Tasks {
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
        self.under_way.send_modify(|tasks| *tasks += 1);
        let counted = Task(self.under_way.clone());
        self.tokio.spawn(Box::pin(async move {
            let _counted = counted;
            task.await;
        }))
    }

    fn spawn_blocking(&self, task: BlockingTask) -> Result<(), SpawnError> {
        self.tokio.spawn_blocking(task)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.send_modify(|tasks| *tasks -= 1);
    }
}
