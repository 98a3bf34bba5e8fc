//! Waits for a condition.

use std::thread;
use std::time::Duration;

use anyhow::{Error, Result, anyhow};

const STEP: Duration = Duration::from_millis(20);

/// Calls `poll` every 20 ms until it returns a value. `what` names the value in the error.
///
/// # Errors
/// There is no value within `limit`, or `poll` fails.
pub fn wait_until<T>(what: &str, limit: Duration, mut poll: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    for _ in 0..steps(limit) {
        if let Some(value) = poll()? {
            return Ok(value);
        }
        thread::sleep(STEP);
    }
    Err(timed_out(what, limit))
}

/// Like [`wait_until`], but does not block the thread.
///
/// # Errors
/// There is no value within `limit`, or `poll` fails.
pub async fn wait_until_async<T>(
    what: &str,
    limit: Duration,
    mut poll: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    for _ in 0..steps(limit) {
        if let Some(value) = poll().await? {
            return Ok(value);
        }
        tokio::time::sleep(STEP).await;
    }
    Err(timed_out(what, limit))
}

fn steps(limit: Duration) -> u128 {
    limit.as_millis() / STEP.as_millis()
}

fn timed_out(what: &str, limit: Duration) -> Error {
    anyhow!("timed out after {limit:?} waiting for {what}")
}
