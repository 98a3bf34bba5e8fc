//! The events that a process reports: lines of JSON on standard output.

use std::io::{Stdout, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use evergrant::runtime::{Runtime as _, TokioRuntime};
use serde::{Deserialize, Serialize};

use super::renewal_steps::{FaultKind, Point};

/// An event. Times are since the machine started, which is the same clock for all processes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The first call that received this token.
    Token {
        /// When the call returned.
        at: Duration,
        /// The serial number that the server gave the token.
        serial: u64,
    },
    /// A call failed.
    CallFailed {
        /// When the call returned.
        at: Duration,
        /// How long it took.
        took: Duration,
        /// The error's text.
        error: String,
    },
    /// The process reached a point of a renewal.
    Step {
        /// When.
        at: Duration,
        /// Which point.
        point: Point,
    },
    /// The fault is injected now.
    Fault {
        /// When.
        at: Duration,
        /// Where.
        point: Point,
        /// What happens.
        kind: FaultKind,
    },
    /// The library logged a warning.
    Warning {
        /// When the warning was reported.
        at: Duration,
        /// The name of the log event, such as `evergrant.store_failed`.
        name: String,
        /// The error in the log event, or an empty string.
        error: String,
    },
    /// The current counters.
    Counters(Counters),
}

/// Counts since the start of the process.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Counters {
    /// The time of this report.
    pub at: Duration,
    /// Calls that have returned.
    pub calls: u64,
    /// Calls that failed.
    pub failed_calls: u64,
    /// Duration of the longest call after the first token.
    pub slowest: Duration,
    /// Duration of the longest call up to the first token.
    pub slowest_at_start: Duration,
    /// Serial number of the current token.
    pub serial: u64,
    /// Calls that received an expired token, by the clock of the process.
    pub expired: u64,
    /// Tokens that the API rejected.
    pub rejected: u64,
    /// Replacements of rejected tokens that the API rejected too.
    pub rejected_again: u64,
    /// How often the store returned an older generation than before.
    pub generation_regressions: u64,
    /// Tokens that the process has fetched.
    pub fetched: u64,
    /// Tokens that the process has adopted from others.
    pub adopted: u64,
}

/// Writes events to standard output.
#[derive(Debug, Clone)]
pub(super) struct Reporter(Arc<Mutex<Stdout>>);

impl Reporter {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(std::io::stdout())))
    }

    /// Writes an event. Errors are ignored: they mean that the parent has ended.
    pub(super) fn send(&self, event: &Event) {
        let Ok(mut line) = serde_json::to_string(event) else {
            return;
        };
        line.push('\n');
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
    }
}

/// Returns the time since the machine started.
#[must_use]
pub fn now() -> Duration {
    TokioRuntime::new().now().since_boot()
}
