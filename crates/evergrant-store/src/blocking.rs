//! Work that blocks its thread, kept away from those that drive futures.

use std::io::{Error, Result};

use evergrant::runtime::{Runtime as _, TokioRuntime};
use tokio::sync::oneshot;

/// Goes on to its end even if nobody waits for it any more.
pub(crate) async fn run<T: Send + 'static>(
    runtime: &TokioRuntime,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let (sender, outcome) = oneshot::channel();
    let task = Box::new(move || {
        // Nobody may be waiting any more.
        let _ = sender.send(work());
    });
    runtime.spawn_blocking(task).map_err(Error::other)?;
    outcome
        .await
        .unwrap_or_else(|_| Err(Error::other("the runtime was shut down meanwhile")))
}
