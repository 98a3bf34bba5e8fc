//! Many processes that share one token: measures token requests and failed calls, with faults of processes and of the
//! store.
//!
//! ```text
//! run ─▶ Store (a real engine) + server ─▶ start processes ─▶ observe, inject Fault ─▶ Figures
//! ```

mod injected_fault;
mod observed_run;
mod run_figures;
mod store_outage;

use std::time::Duration;

use clap::{Parser, ValueEnum};
use serde::Serialize;

pub use self::observed_run::run;
pub use self::run_figures::Figures;

/// The first argument that makes this program a process of the fleet.
pub const WORKER: &str = "worker";

/// Runs processes that share one token through a store. bench/README.md describes the output and the guarantees.
#[derive(Debug, Clone, Parser)]
pub struct Options {
    /// Number of processes.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=2000))]
    pub processes: u32,
    /// The store.
    #[arg(long, value_enum, default_value_t = StoreKind::Redis)]
    pub store: StoreKind,
    /// The injected fault.
    #[arg(long, value_enum, default_value_t = FaultKind::None)]
    pub fault: FaultKind,
    /// Print one JSON object instead of progress and a table.
    #[arg(long)]
    pub json: bool,
    /// Token lifetime in seconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(5..=3600))]
    pub lifetime: u64,
    /// Length of the observation in seconds, from the time when all processes have a token.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u64).range(30..=86_400))]
    pub seconds: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoreKind {
    Redis,
    Postgres,
    /// A folder.
    File,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    None,
    /// At every second renewal, the fetching process is killed and replaced.
    KillHolder,
    /// The store is stopped for some seconds, then continued.
    PauseStore,
    /// The store is killed, and restarted after some seconds.
    KillStore,
}

impl Options {
    fn lifetime(&self) -> Duration {
        Duration::from_secs(self.lifetime)
    }

    /// Minimum time between two due renewals: a manager renews at 75% of the lifetime ± 5% of that, minus the duration
    /// of a request.
    fn min_renewal_age(&self) -> Duration {
        self.lifetime().mul_f64(0.65)
    }

    /// A tenth of the lifetime, at most the default of 3 s.
    fn lease_term(&self) -> Duration {
        Duration::from_secs(3).min(self.lifetime() / 10)
    }

    /// Length of the store outage.
    fn outage(&self) -> Duration {
        self.lifetime().mul_f64(0.6)
    }
}
