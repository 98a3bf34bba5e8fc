//! The suite that every token store passes: [`TokenStore`](evergrant::store::TokenStore)'s contract, and the rules of leases
//! and generations on top of it.
//!
//! ```
//! use evergrant::store::MemoryStore;
//! use evergrant_testing::store::Conformance;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let engine = MemoryStore::new();
//! // For a remote engine: one connection of its own for each handle, all to the same server.
//! Conformance::new(async || engine.clone()).run().await.assert();
//! # }
//! ```
//!
//! # What an implementation needs
//! - An engine that was started for the test. Others may use it meanwhile: the suite's keys are its own, and it removes their
//!   records.
//! - Real time: a few leases of a tenth of a second are waited for, on tokio's timers. The engine's clock may be wrong, as long
//!   as it runs. Nothing fails because the machine is slow, short of the limit of 30 s for a case.
//! - [`Seal`](evergrant::store::Seal)ed or not: what encryption is to prevent is tried on sealed stores.
//!
//! # What is left out
//! That the engine dies, hangs or fails over; what it writes to disk; connections that are not encrypted.

mod cases;
mod report;
mod skew;
mod verdict;
mod world;

use std::time::Duration;

use evergrant::store::SharedStore;
use tokio::task::JoinSet;

use self::cases::{CASES, Case};
pub use self::report::{CaseReport, Outcome, Report};
use self::verdict::Stop;
use self::world::World;

/// The suite, and how one engine is reached.
#[derive(Debug, Clone)]
#[must_use = "nothing is checked until `run` is called"]
pub struct Conformance<F> {
    make: F,
    patience: Patience,
}

/// How long the suite waits for what an engine may do late.
#[derive(Debug, Clone, Copy)]
struct Patience {
    drop: Duration,
    notice: Duration,
}

/// How many handles there are: each stands for a process.
const HANDLES: usize = 4;
/// Longer than any case takes that ends.
const CASE_LIMIT: Duration = Duration::from_secs(30);

impl<F: AsyncFn() -> S, S: Into<SharedStore>> Conformance<F> {
    /// The suite for an engine that `make` gives handles to. It is called several times, and each handle stands for a process
    /// of its own: let them share no more than processes would, yet all of them one engine.
    pub fn new(make: F) -> Self {
        let patience = Patience {
            drop: Duration::from_secs(3),
            notice: Duration::from_secs(10),
        };
        Self { make, patience }
    }

    /// How long after its time a record may still be there, 3 s by default.
    ///
    /// An engine may drop records late, or only when it is tidied up, so that one which is there for longer fails nothing: its
    /// case is reported as skipped.
    pub fn drops_within(mut self, limit: Duration) -> Self {
        self.patience.drop = limit;
        self
    }

    /// How long a notification may take that [`changes`](evergrant::store::TokenStore::changes) promises, 10 s by default. One
    /// that is lost is announced again meanwhile.
    pub fn notifies_within(mut self, limit: Duration) -> Self {
        self.patience.notice = limit;
        self
    }

    /// Runs every case, one after the other. Needs a tokio runtime with timers.
    pub async fn run(self) -> Report {
        self.run_some(|_| true).await
    }

    async fn run_some(self, wanted: impl Fn(&'static str) -> bool) -> Report {
        let mut stores = Vec::with_capacity(HANDLES);
        for _ in 0..HANDLES {
            stores.push((self.make)().await.into());
        }
        let world = World::new(stores, self.patience);
        let limit = CASE_LIMIT + self.patience.drop + self.patience.notice;
        let mut cases = Vec::with_capacity(CASES.len());
        for case in CASES.iter().filter(|case| wanted(case.name)) {
            let outcome = run_case(case, world.of_case(case.name), limit).await;
            cases.push(CaseReport {
                name: case.name,
                outcome,
            });
        }
        Report { cases }
    }
}

/// In a task of its own, so that neither a panic nor a case without an end stops the others.
async fn run_case(case: &Case, world: World, limit: Duration) -> Outcome {
    let mut task = JoinSet::new();
    task.spawn((case.run)(world.clone()));
    let outcome = match tokio::time::timeout(limit, task.join_next()).await {
        Ok(Some(Ok(Ok(())))) => Outcome::Passed,
        Ok(Some(Ok(Err(Stop::Skipped(reason))))) => Outcome::Skipped(reason),
        Ok(Some(Ok(Err(Stop::Failed(problem))))) => Outcome::Failed(problem),
        Ok(Some(Err(error))) => Outcome::Failed(format!("it panicked: {error}")),
        Ok(None) => Outcome::Failed("it did not run".to_owned()),
        Err(_) => Outcome::Failed(format!("it had not ended after {limit:?}")),
    };
    task.shutdown().await;
    task.spawn(async move {
        world.tidy().await;
        Ok(())
    });
    // Records that are left behind do no harm, and an engine that does not let go of them has failed its cases.
    let _ = tokio::time::timeout(limit, task.join_next()).await;
    outcome
}

#[cfg(test)]
mod tests;
