//! Measures how long a caller waits for a token.

use super::{metric_names, metrics_facade};
use crate::runtime::{SharedRuntime, Timestamp};

/// Measures the wait of one caller, if it waits at all, until the wait ends or the caller is dropped.
pub(crate) struct WaitTimer<'a> {
    runtime: &'a SharedRuntime,
    since: Option<Timestamp>,
    outcome: &'static str,
}

impl<'a> WaitTimer<'a> {
    pub(crate) fn new(runtime: &'a SharedRuntime) -> Self {
        Self {
            runtime,
            since: None,
            outcome: "abandoned",
        }
    }

    /// Starts the measurement unless it is already running.
    pub(crate) fn begin(&mut self) {
        if metrics_facade::ENABLED {
            self.since.get_or_insert_with(|| self.runtime.now());
        }
    }

    pub(crate) fn end<T, E>(mut self, outcome: &Result<T, E>) {
        self.outcome = match outcome {
            Ok(_) => "ok",
            Err(_) => "failed",
        };
    }
}

impl Drop for WaitTimer<'_> {
    fn drop(&mut self) {
        // A second panic, in the recorder, would abort the program.
        if let Some(since) = self.since
            && !std::thread::panicking()
        {
            let took = self.runtime.now().elapsed_since(since);
            metrics_facade::measure(metric_names::WAIT_SECONDS, &[("outcome", self.outcome)], took);
        }
    }
}
