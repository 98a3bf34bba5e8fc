//! How long a caller waits.

use super::{facade, name};
use crate::runtime::{SharedRuntime, Timestamp};

/// One caller's wait: measured if it comes to one, and to its end, be it that the caller goes away.
pub(crate) struct Wait<'a> {
    runtime: &'a SharedRuntime,
    since: Option<Timestamp>,
    outcome: &'static str,
}

impl<'a> Wait<'a> {
    pub(crate) fn new(runtime: &'a SharedRuntime) -> Self {
        Self {
            runtime,
            since: None,
            outcome: "abandoned",
        }
    }

    /// The caller has to wait, perhaps once more.
    pub(crate) fn begin(&mut self) {
        if facade::ENABLED {
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

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        // A second panic, a recorder's, would end the program.
        if let Some(since) = self.since
            && !std::thread::panicking()
        {
            let took = self.runtime.now().elapsed_since(since);
            facade::measure(name::WAIT_SECONDS, &[("outcome", self.outcome)], took);
        }
    }
}
