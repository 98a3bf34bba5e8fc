//! Checks on a run, from the server's request log and the reports of the processes.

mod request_counts;

use std::fmt;
use std::time::Duration;

use anyhow::{Result, ensure};

pub use self::request_counts::RequestCounts;
use crate::processes::{FailedCall, Fleet, Server, TokenRequest};
use crate::worker::Counters;

/// The token requests and process reports of a run.
pub struct RunReport {
    /// The server's log of token requests.
    pub requests: Vec<TokenRequest>,
    /// The reports of the processes.
    pub processes: Vec<ProcessReport>,
    events: String,
}

/// The report of one process.
#[derive(Debug, Clone)]
pub struct ProcessReport {
    /// The name of the process.
    pub name: String,
    /// Its latest counters.
    pub counters: Counters,
    /// Its failed calls, up to the number that a process reports.
    pub failed_calls: Vec<FailedCall>,
    /// Whether it was killed before its last report. The counters are then out of date.
    pub killed: bool,
}

/// Tolerance on the deadline of a call, for a busy machine.
const DEADLINE_TOLERANCE: Duration = Duration::from_secs(1);
/// Maximum time until all processes have a new token.
const PROPAGATION_TIME: Duration = Duration::from_millis(500);

impl RunReport {
    /// Collects what the server and the processes have reported so far. The report of a process is complete when the
    /// process has finished.
    #[must_use]
    pub fn collect(server: &Server, fleet: &Fleet) -> Self {
        let processes = fleet.processes().iter().map(|process| ProcessReport {
            name: process.name().to_owned(),
            counters: process.events().counters(),
            failed_calls: process.events().failed_calls(),
            killed: process.was_killed(),
        });
        let events = fleet
            .processes()
            .iter()
            .map(|process| format!("{}: {:?}", process.name(), process.events()));
        Self {
            requests: server.requests(),
            processes: processes.collect(),
            events: events.collect(),
        }
    }

    /// Returns the number of failed calls of all processes.
    #[must_use]
    pub fn failed_calls(&self) -> u64 {
        let failed = |process: &ProcessReport| process.counters.failed_calls.max(process.failed_calls.len() as u64);
        self.processes.iter().map(failed).sum()
    }

    /// Returns the duration of the longest call.
    #[must_use]
    pub fn slowest(&self) -> Duration {
        self.slowest_later().max(self.slowest_at_start())
    }

    /// Returns the duration of the longest call that a process made up to its first token.
    #[must_use]
    pub fn slowest_at_start(&self) -> Duration {
        let slowest = self.processes.iter().map(|process| process.counters.slowest_at_start);
        slowest.max().unwrap_or_default()
    }

    /// Returns the duration of the longest call that a process made after its first token.
    #[must_use]
    pub fn slowest_later(&self) -> Duration {
        let slowest = self.processes.iter().map(|process| process.counters.slowest);
        slowest.max().unwrap_or_default()
    }

    /// Returns the number of due and extra requests. No manager renews a token before `min_age`.
    #[must_use]
    pub fn request_counts(&self, min_age: Duration) -> RequestCounts {
        RequestCounts::of(&self.requests, min_age)
    }

    /// Checks that no call failed.
    ///
    /// # Errors
    /// A call failed.
    pub fn check_no_failed_calls(&self) -> Result<()> {
        let failed = self.failed_calls();
        ensure!(failed == 0, "{failed} calls failed\n{self:?}");
        Ok(())
    }

    /// Checks that no call failed while the fleet had a token. A token is usable for `usable` after its request.
    ///
    /// # Errors
    /// A call failed although there was a token.
    pub fn check_no_failed_call_with_valid_token(&self, usable: Duration) -> Result<()> {
        for call in self.processes.iter().flat_map(|process| &process.failed_calls) {
            let valid = |request: &&TokenRequest| {
                request.status == Some(200) && request.at + PROPAGATION_TIME <= call.at && call.at < request.at + usable
            };
            if let Some(request) = self.requests.iter().find(valid) {
                anyhow::bail!("{call:?} although the token of {request:?} is valid\n{self:?}");
            }
        }
        Ok(())
    }

    /// Checks that no call took longer than `max_wait`.
    ///
    /// # Errors
    /// A call took longer.
    pub fn check_call_durations(&self, max_wait: Duration) -> Result<()> {
        let slowest = self.slowest();
        ensure!(
            slowest <= max_wait + DEADLINE_TOLERANCE,
            "a call took {slowest:?}\n{self:?}"
        );
        Ok(())
    }

    /// Checks that no call received a token that had expired or that the API rejects.
    ///
    /// # Errors
    /// A call received such a token.
    pub fn check_tokens_usable(&self) -> Result<()> {
        let expired: u64 = self.processes.iter().map(|process| process.counters.expired).sum();
        let rejected: u64 = self.processes.iter().map(|process| process.counters.rejected).sum();
        ensure!(
            expired == 0 && rejected == 0,
            "{expired} expired tokens, {rejected} rejected tokens\n{self:?}"
        );
        Ok(())
    }

    /// Checks that the generations in the store never decreased.
    ///
    /// # Errors
    /// The store returned an older generation after a newer one.
    pub fn check_no_lost_updates(&self) -> Result<()> {
        let regressions = self
            .processes
            .iter()
            .map(|process| process.counters.generation_regressions);
        let regressions: u64 = regressions.sum();
        ensure!(
            regressions == 0,
            "the store returned an older generation {regressions} times\n{self:?}"
        );
        Ok(())
    }

    /// Checks that there are at most `extra` requests in addition to the due renewals. No manager renews a token before
    /// `min_age`.
    ///
    /// # Errors
    /// There are more.
    pub fn check_extra_requests(&self, extra: usize, min_age: Duration) -> Result<()> {
        let counts = self.request_counts(min_age);
        ensure!(
            counts.extra <= extra,
            "{counts:?}, but at most {extra} extra requests are allowed\n{self:?}"
        );
        Ok(())
    }

    /// Checks that each process waited at least `min_interval` between two requests.
    ///
    /// # Errors
    /// A process sent two requests within this time.
    pub fn check_request_spacing(&self, min_interval: Duration) -> Result<()> {
        for process in &self.processes {
            let own = self.requests.iter().filter(|request| request.process == process.name);
            let times: Vec<Duration> = own.map(|request| request.at).collect();
            let early = times.windows(2).find(|pair| pair[1] < pair[0] + min_interval);
            ensure!(
                early.is_none(),
                "{} sent two requests within {min_interval:?}: {early:?}\n{self:?}",
                process.name
            );
        }
        Ok(())
    }

    /// Returns the report without the first `count` requests.
    #[must_use]
    pub fn skip_requests(mut self, count: usize) -> Self {
        self.requests.drain(..count);
        self
    }

    /// Returns the report without the process with this index.
    #[must_use]
    pub fn without_process(mut self, index: usize) -> Self {
        self.processes.remove(index);
        self
    }

    /// Checks what holds for each run with a server without faults: every call receives a usable token in time.
    ///
    /// # Errors
    /// One of the checks fails.
    pub fn check_calls(&self, max_wait: Duration) -> Result<()> {
        self.check_no_failed_calls()?;
        self.check_call_durations(max_wait)?;
        self.check_tokens_usable()
    }
}

/// Lists all requests and events, for the output of a failed test.
impl fmt::Debug for RunReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for request in &self.requests {
            let TokenRequest {
                at,
                sent,
                process,
                status,
            } = request;
            let (at, sent) = (at.as_secs_f64(), sent.as_secs_f64());
            writeln!(f, "  {at:.3} request of {process}, sent {sent:.3}: {status:?}")?;
        }
        f.write_str(&self.events)
    }
}
