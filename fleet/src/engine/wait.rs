//! Waits until something holds, for so long at most.

use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};

const STEP: Duration = Duration::from_millis(20);

/// Asks again and again until there is an answer; an error ends it at once.
pub(crate) fn until<T>(what: &str, limit: Duration, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let steps = limit.as_millis() / STEP.as_millis();
    for _ in 0..steps {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        thread::sleep(STEP);
    }
    bail!("waited {limit:?} for {what}")
}
