//! The figures of a run.

use std::fmt;

use clap::ValueEnum;
use serde::Serialize;

use super::{FaultKind, StoreKind};

/// The figures of one run.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    pub processes: u32,
    pub store: StoreKind,
    pub fault: FaultKind,
    /// Due renewals including the first token: the requests of a single process.
    pub renewal_intervals: usize,
    /// Token requests in the server's log, successful or not.
    pub token_requests: usize,
    pub failed_calls: u64,
    /// The slowest call of a process after its first token.
    pub slowest_ms: u128,
    /// Requests in addition to the due renewals.
    pub extra_requests: usize,
    /// Maximum of `extra_requests`.
    pub bound: usize,
    pub calls: u64,
    /// The slowest call of a process up to its first token.
    pub slowest_at_start_ms: u128,
    /// Processes killed during a fetch.
    pub killed: usize,
    /// Time from the end of the outage until all processes have the same token.
    pub recovered_after_ms: Option<u128>,
    /// Token lifetime.
    pub lifetime_s: u64,
    /// Time from the start of the first process to the end.
    pub elapsed_s: f64,
    /// The violated guarantees.
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
            ("  maximum allowed", self.bound.to_string()),
            ("failed calls", self.failed_calls.to_string()),
            ("slowest call, ms", self.slowest_ms.to_string()),
            ("slowest first call, ms", self.slowest_at_start_ms.to_string()),
            ("killed during a fetch", self.killed.to_string()),
            (
                "recovered after, ms",
                recovered.map_or("-".to_owned(), |time| time.to_string()),
            ),
        ];
        for (label, value) in rows {
            writeln!(f, "{label:<26} {value:>10}")?;
        }
        f.write_str(match self.broken.is_empty() {
            true => "all guarantees hold",
            false => "guarantees VIOLATED",
        })
    }
}

/// The value's name on the command line.
fn name(value: impl ValueEnum) -> String {
    let value = value.to_possible_value();
    value.map(|value| value.get_name().to_owned()).unwrap_or_default()
}
