//! The time limit of a call, which includes the wait for its token.

use std::time::Duration;

use evergrant::runtime::{Runtime as _, TokioRuntime};

/// The end of a call that has a time limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    pub(super) limit: Duration,
    /// When the call started, since the machine started.
    started: Duration,
}

/// The time limit is reached.
pub(super) struct Elapsed;

impl Deadline {
    /// The call starts now.
    pub(super) fn after(limit: Duration) -> Self {
        Self { limit, started: now() }
    }

    pub(super) fn remaining(&self) -> Duration {
        self.limit.saturating_sub(now().saturating_sub(self.started))
    }

    /// Waits for a future until the deadline.
    pub(super) async fn wait<T: Send>(&self, future: impl Future<Output = T> + Send) -> Result<T, Elapsed> {
        let output = TokioRuntime::new().timeout(self.remaining(), future).await;
        output.ok_or(Elapsed)
    }
}

fn now() -> Duration {
    TokioRuntime::new().now().since_boot()
}
