//! What a scenario showed of a subject: a line of JSON, or of a table.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::drive::Calls;
use crate::scenario::Scenario;
use crate::server::TokenServer;

/// One scenario and one subject. Serializes with exactly the keys that the README of the benchmarks names.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    pub scenario: String,
    pub subject: String,
    pub callers: usize,
    /// Sent, granted or not.
    pub token_requests: u64,
    pub slowest_ms: f64,
    /// Callers that left the hot path.
    pub waited: usize,
    pub failed: usize,
    /// What else there is to say; why there are no figures, if so.
    #[serde(skip)]
    pub outcome: String,
    #[serde(skip)]
    pub absent: bool,
}

impl Row {
    pub(crate) fn new(scenario: Scenario, subject: &str, server: &TokenServer, calls: &Calls) -> Self {
        let error = calls
            .error
            .as_deref()
            .map(|error| shortened(error, server))
            .unwrap_or_default();
        Self {
            scenario: scenario.name().to_owned(),
            subject: subject.to_owned(),
            callers: calls.callers,
            token_requests: server.requests(),
            slowest_ms: milliseconds(calls.slowest),
            waited: calls.waited,
            failed: calls.failed,
            outcome: error,
            absent: false,
        }
    }

    /// A subject of which the scenario says nothing, and why.
    pub fn absent(scenario: Scenario, subject: &str, reason: impl Into<String>) -> Self {
        Self {
            scenario: scenario.name().to_owned(),
            subject: subject.to_owned(),
            callers: 0,
            token_requests: 0,
            slowest_ms: 0.0,
            waited: 0,
            failed: 0,
            outcome: reason.into(),
            absent: true,
        }
    }

    /// Leaves out the token requests that were made before the scenario began.
    pub(crate) fn without(mut self, requests: u64) -> Self {
        self.token_requests -= requests;
        self
    }

    pub(crate) fn noting(mut self, note: impl fmt::Display) -> Self {
        if !self.outcome.is_empty() {
            self.outcome.push_str("; ");
        }
        self.outcome.push_str(&note.to_string());
        self
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, subject, .. } = self;
        if self.absent {
            return write!(f, "{scenario:<11} {subject:<24} not applicable: {}", self.outcome);
        }
        write!(
            f,
            "{scenario:<11} {subject:<24} {:>7} {:>9} {:>11.2} {:>7} {:>7}  {}",
            self.callers, self.token_requests, self.slowest_ms, self.waited, self.failed, self.outcome
        )
    }
}

/// What stands above a table of rows.
pub fn heading() -> String {
    format!(
        "{:<11} {:<24} {:>7} {:>9} {:>11} {:>7} {:>7}  outcome",
        "scenario", "subject", "callers", "requests", "slowest ms", "waited", "failed"
    )
}

fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// An error's first line, without the address of this run.
fn shortened(error: &str, server: &TokenServer) -> String {
    let line = error.lines().next().unwrap_or_default();
    let line = line.replace(server.url().as_str(), "the token endpoint");
    line.chars().take(100).collect()
}
