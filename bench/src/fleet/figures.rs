//! What a run comes to.

use std::fmt;

use clap::ValueEnum;
use serde::Serialize;

use super::{FaultKind, StoreKind};

/// One run.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    pub processes: u32,
    pub store: StoreKind,
    pub fault: FaultKind,
    /// The renewals that were due, the first token among them: what one process alone would have requested.
    pub renewal_intervals: usize,
    /// By the server's log, granted or not.
    pub token_requests: usize,
    pub failed_calls: u64,
    /// Of the calls of processes that have had a token.
    pub slowest_ms: u128,
    /// Requests beside the due ones,
    pub extra_requests: usize,
    /// and how many of them there may be.
    pub bound: usize,
    pub calls: u64,
    /// Of a process's first calls, up to its first token.
    pub slowest_at_start_ms: u128,
    /// Processes that were killed while they were fetching.
    pub killed: usize,
    /// From the store's return until all processes had one token again.
    pub recovered_after_ms: Option<u128>,
    /// A token's lifetime.
    pub lifetime_s: u64,
    /// From the first process's start to the end.
    pub elapsed_s: f64,
    /// What does not hold that should.
    pub broken: Vec<String>,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let recovered = self.recovered_after_ms;
        let rows = [
            ("processes", self.processes.to_string()),
            ("store", name(self.store)),
            ("fault", name(self.fault)),
            ("token lifetime, s", self.lifetime_s.to_string()),
            ("elapsed, s", format!("{:.1}", self.elapsed_s)),
            ("calls", self.calls.to_string()),
            ("renewal intervals", self.renewal_intervals.to_string()),
            ("token requests", self.token_requests.to_string()),
            ("  extra requests", self.extra_requests.to_string()),
            ("  of them allowed", self.bound.to_string()),
            ("failed calls", self.failed_calls.to_string()),
            ("slowest call, ms", self.slowest_ms.to_string()),
            ("slowest first call, ms", self.slowest_at_start_ms.to_string()),
            ("killed while fetching", self.killed.to_string()),
            (
                "one token again after, ms",
                recovered.map_or("-".to_owned(), |time| time.to_string()),
            ),
        ];
        for (label, value) in rows {
            writeln!(f, "{label:<26} {value:>10}")?;
        }
        f.write_str(match self.broken.is_empty() {
            true => "as promised",
            false => "NOT as promised",
        })
    }
}

/// As on the command line.
fn name(value: impl ValueEnum) -> String {
    let value = value.to_possible_value();
    value.map(|value| value.get_name().to_owned()).unwrap_or_default()
}
