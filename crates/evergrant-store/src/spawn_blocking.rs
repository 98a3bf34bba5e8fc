//! Runs blocking work on the runtime's threads for blocking tasks, and returns its result.

use std::io::{Error, Result};

use evergrant::runtime::{Runtime as _, TokioRuntime};
use tokio::sync::oneshot;

/// Runs `work` and returns its result. The work runs to its end even if the caller stops waiting.
pub(crate) async fn run<T: Send + 'static>(
    runtime: &TokioRuntime,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let (sender, outcome) = oneshot::channel();
    let task = Box::new(move || {
        // The caller may have stopped waiting.
        let _ = sender.send(work());
    });
    runtime.spawn_blocking(task).map_err(Error::other)?;
    outcome
        .await
        .unwrap_or_else(|_| Err(Error::other("the runtime was shut down")))
}
