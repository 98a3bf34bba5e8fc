//! The result of one scenario for one subject: a line of JSON or of a table.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::load::CallStats;
use crate::scenario_names::Scenario;
use crate::token_endpoint::TokenServer;

/// The result of one scenario for one subject. Serializes to the keys documented in bench/README.md.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    pub scenario: String,
    pub subject: String,
    pub callers: usize,
    /// Token requests received by the server, successful or not.
    pub token_requests: u64,
    pub slowest_ms: f64,
    /// Callers whose header was not available at the first poll.
    pub waited: usize,
    pub failed: usize,
    /// The first error and notes; or the reason why the scenario does not apply.
    #[serde(skip)]
    pub outcome: String,
    /// Whether the scenario does not apply to the subject; then there are no figures.
    #[serde(skip)]
    pub not_applicable: bool,
}

impl Row {
    pub(crate) fn new(scenario: Scenario, subject: &str, server: &TokenServer, calls: &CallStats) -> Self {
        let error = calls
            .error
            .as_deref()
            .map(|error| summarize(error, server))
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
            not_applicable: false,
        }
    }

    /// Creates a row for a subject that the scenario does not apply to.
    pub fn not_applicable(scenario: Scenario, subject: &str, reason: impl Into<String>) -> Self {
        Self {
            scenario: scenario.name().to_owned(),
            subject: subject.to_owned(),
            callers: 0,
            token_requests: 0,
            slowest_ms: 0.0,
            waited: 0,
            failed: 0,
            outcome: reason.into(),
            not_applicable: true,
        }
    }

    /// Subtracts the token requests made before the measurement.
    pub(crate) fn subtract_requests(mut self, requests: u64) -> Self {
        self.token_requests -= requests;
        self
    }

    pub(crate) fn with_note(mut self, note: impl fmt::Display) -> Self {
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
        if self.not_applicable {
            return write!(f, "{scenario:<11} {subject:<24} not applicable: {}", self.outcome);
        }
        write!(
            f,
            "{scenario:<11} {subject:<24} {:>7} {:>9} {:>11.2} {:>7} {:>7}  {}",
            self.callers, self.token_requests, self.slowest_ms, self.waited, self.failed, self.outcome
        )
    }
}

/// Returns the heading of a table of rows.
pub fn heading() -> String {
    format!(
        "{:<11} {:<24} {:>7} {:>9} {:>11} {:>7} {:>7}  outcome",
        "scenario", "subject", "callers", "requests", "slowest ms", "waited", "failed"
    )
}

fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// The first line of an error, without the URL of this run's server, cut to 100 characters.
fn summarize(error: &str, server: &TokenServer) -> String {
    let line = error.lines().next().unwrap_or_default();
    let line = line.replace(server.url().as_str(), "the token endpoint");
    line.chars().take(100).collect()
}
