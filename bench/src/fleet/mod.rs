//! One token for many processes: so many requests as one process would make, whatever befalls the others and the store.
//!
//! ```text
//! run ─▶ Store (a real engine) + server ─▶ start (process by process) ─▶ watch, and Trouble ─▶ Figures
//! ```

mod figures;
mod run;
mod store;
mod trouble;

use std::time::Duration;

use clap::{Parser, ValueEnum};
use serde::Serialize;

pub use self::figures::Figures;
pub use self::run::run;

/// The first argument of a process of the fleet.
pub const MEMBER: &str = "member";

/// Processes that share one token through a store. See bench/README.md for what is printed and promised.
#[derive(Debug, Clone, Parser)]
pub struct Options {
    /// How many processes.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=2000))]
    pub processes: u32,
    /// What they share tokens through.
    #[arg(long, value_enum, default_value_t = StoreKind::Redis)]
    pub store: StoreKind,
    /// What happens meanwhile.
    #[arg(long, value_enum, default_value_t = FaultKind::None)]
    pub fault: FaultKind,
    /// One JSON object instead of progress and a table.
    #[arg(long)]
    pub json: bool,
    /// A token's lifetime, in seconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(5..=3600))]
    pub lifetime: u64,
    /// How long to watch once all have a token, in seconds.
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
    /// Every other renewal, the process that is fetching is killed, and replaced.
    KillHolder,
    /// The store is stopped for some seconds.
    PauseStore,
    /// The store is killed, and started again after some seconds.
    KillStore,
}

impl Options {
    fn lifetime(&self) -> Duration {
        Duration::from_secs(self.lifetime)
    }

    /// The earliest age at which a manager renews a token, less what its request may have been under way: 75% of the lifetime, 5%
    /// of that earlier or later.
    fn least_age(&self) -> Duration {
        self.lifetime().mul_f64(0.65)
    }

    /// As a token of an hour has a lease of 3 s, so has one of 10 s not one of nearly a third of that.
    fn lease_term(&self) -> Duration {
        Duration::from_secs(3).min(self.lifetime() / 10)
    }

    /// How long the store is away.
    fn outage(&self) -> Duration {
        self.lifetime().mul_f64(0.6)
    }
}
