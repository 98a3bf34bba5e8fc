//! A conformance suite for token stores. It checks the contract of [`TokenStore`](evergrant::store::TokenStore), and
//! the rules of leases and generations that are built on it.
//!
//! ```
//! use evergrant::store::MemoryStore;
//! use evergrant_testing::store::Conformance;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let engine = MemoryStore::new();
//! // For a remote engine: a separate connection for each handle, all to the same server.
//! Conformance::new(async || engine.clone()).run().await.assert();
//! # }
//! ```
//!
//! # Requirements
//! - A running engine. Other programs may use it at the same time: the suite uses unique keys and removes their
//!   records.
//! - Real time: the suite waits for a few leases of about 0.15 s on tokio timers. The engine's clock may be wrong, but
//!   it must run. A slow machine fails no case, except for the limit of 30 s per case.
//! - Optionally a [`Seal`](evergrant::store::Seal): the cases for encryption run only on sealed stores.
//!
//! # Not covered
//! The suite does not cover crashes, hangs and failover of the engine, its files on disk, and unencrypted connections.

mod case_result;
mod cases;
mod clock_skew;
mod fixture;
mod report;

use std::time::Duration;

use evergrant::store::SharedStore;
use tokio::task::JoinSet;

use self::case_result::CaseError;
use self::cases::{CASES, Case};
use self::fixture::Fixture;
pub use self::report::{CaseReport, Outcome, Report};

/// A conformance suite that checks one implementation of [`TokenStore`](evergrant::store::TokenStore).
#[derive(Debug, Clone)]
#[must_use = "no case runs until `run` is called"]
pub struct Conformance<F> {
    make: F,
    delays: Delays,
}

/// How late an engine may expire records and notify listeners.
#[derive(Debug, Clone, Copy)]
struct Delays {
    expiry: Duration,
    notification: Duration,
}

/// Number of handles. Each stands for a process.
const HANDLES: usize = 4;
/// Time limit of a case, in addition to the delays.
const CASE_LIMIT: Duration = Duration::from_secs(30);

impl<F: AsyncFn() -> S, S: Into<SharedStore>> Conformance<F> {
    /// Creates the suite for a store implementation. The suite calls `make` several times. Each call must return a new
    /// handle to the same store. Each handle represents a process, so handles must not share more state than processes
    /// would.
    pub fn new(make: F) -> Self {
        let delays = Delays {
            expiry: Duration::from_secs(3),
            notification: Duration::from_secs(10),
        };
        Self { make, delays }
    }

    /// Sets the maximum time that the suite waits for an expired record to disappear. The default is 3 s.
    ///
    /// A store may remove expired records late, or only during clean-up. If a record still exists after this time, the
    /// case is reported as skipped, not as failed.
    pub fn max_expiry_delay(mut self, limit: Duration) -> Self {
        self.delays.expiry = limit;
        self
    }

    /// Sets the maximum time that the suite waits for a notification of a change, through the channel that
    /// [`changes`](evergrant::store::TokenStore::changes) returns. The default is 10 s. During this time, the suite
    /// announces the change repeatedly, because a notification may be lost.
    pub fn max_notification_delay(mut self, limit: Duration) -> Self {
        self.delays.notification = limit;
        self
    }

    /// Runs all test cases of the conformance suite one after the other, and returns their outcomes. This requires a
    /// tokio runtime with timers.
    pub async fn run(self) -> Report {
        self.run_filtered(|_| true).await
    }

    async fn run_filtered(self, filter: impl Fn(&'static str) -> bool) -> Report {
        let mut stores = Vec::with_capacity(HANDLES);
        for _ in 0..HANDLES {
            stores.push((self.make)().await.into());
        }
        let fixture = Fixture::new(stores, self.delays);
        let limit = CASE_LIMIT + self.delays.expiry + self.delays.notification;
        let mut cases = Vec::with_capacity(CASES.len());
        for case in CASES.iter().filter(|case| filter(case.name)) {
            let outcome = run_case(case, fixture.for_case(case.name), limit).await;
            cases.push(CaseReport {
                name: case.name,
                outcome,
            });
        }
        Report { cases }
    }
}

/// Runs a case in a separate task, so that a panic or a hang does not stop the other cases.
async fn run_case(case: &Case, fixture: Fixture, limit: Duration) -> Outcome {
    let mut task = JoinSet::new();
    task.spawn((case.run)(fixture.clone()));
    let outcome = match tokio::time::timeout(limit, task.join_next()).await {
        Ok(Some(Ok(Ok(())))) => Outcome::Passed,
        Ok(Some(Ok(Err(CaseError::Skipped(reason))))) => Outcome::Skipped(reason),
        Ok(Some(Ok(Err(CaseError::Failed(problem))))) => Outcome::Failed(problem),
        Ok(Some(Err(error))) => Outcome::Failed(format!("the case panicked: {error}")),
        Ok(None) => Outcome::Failed("the case did not run".to_owned()),
        Err(_) => Outcome::Failed(format!("the case did not finish within {limit:?}")),
    };
    task.shutdown().await;
    task.spawn(async move {
        fixture.clean_up().await;
        Ok(())
    });
    // Remaining records are harmless, and an engine that does not remove them has failed its cases.
    let _ = tokio::time::timeout(limit, task.join_next()).await;
    outcome
}

#[cfg(test)]
mod tests;
