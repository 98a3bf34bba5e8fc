//! Time limits and pauses of the network engines. Like those of evergrant, they are measured in real time, also while
//! the application has paused Tokio's clock.

use std::time::Duration;

use evergrant::runtime::{Runtime as _, TokioRuntime};

/// The time limit has passed.
#[derive(Debug)]
pub(crate) struct Elapsed;

/// Returns the output of `future`, unless the limit passes first.
pub(crate) async fn timeout<F>(limit: Duration, future: F) -> Result<F::Output, Elapsed>
where
    F: Future<Output: Send> + Send,
{
    TokioRuntime::new().timeout(limit, future).await.ok_or(Elapsed)
}

/// Completes once this time has passed.
pub(crate) async fn sleep(duration: Duration) {
    TokioRuntime::new().sleep(duration).await;
}
