//! The store under test, in a temporary folder, and its outages.

use anyhow::Result;
use store_faults::engine::{Folder, Postgres, Redis};

use super::StoreKind;

/// A running store. Stops when dropped.
pub(super) enum Store {
    Redis(Redis),
    Postgres(Postgres),
    File(Folder),
}

/// One connection for operations, one for notifications, and one for concurrent operations.
const CONNECTIONS_PER_PROCESS: u32 = 3;

impl Store {
    pub(super) fn start(kind: StoreKind, processes: u32) -> Result<Self> {
        Ok(match kind {
            StoreKind::Redis => Self::Redis(Redis::start()?),
            StoreKind::Postgres => {
                let connections = CONNECTIONS_PER_PROCESS * processes + 50;
                let setting = format!("max_connections = {connections}");
                Self::Postgres(Postgres::builder().config(setting).start()?)
            }
            StoreKind::File => Self::File(Folder::start()?),
        })
    }

    pub(super) fn url(&self) -> String {
        match self {
            Self::Redis(redis) => redis.url(),
            Self::Postgres(postgres) => postgres.url(),
            Self::File(folder) => folder.url(),
        }
    }

    /// Stops the store: connections stay open, but receive no replies.
    pub(super) fn pause(&mut self) -> Result<()> {
        match self {
            Self::Redis(redis) => redis.pause(),
            Self::Postgres(postgres) => postgres.pause(),
            Self::File(folder) => folder.pause()?,
        }
        Ok(())
    }

    pub(super) fn resume(&mut self) {
        match self {
            Self::Redis(redis) => redis.resume(),
            Self::Postgres(postgres) => postgres.resume(),
            Self::File(folder) => folder.resume(),
        }
    }

    /// Kills the store.
    pub(super) fn kill(&mut self) -> Result<()> {
        match self {
            Self::Redis(redis) => redis.kill(),
            Self::Postgres(postgres) => postgres.kill(),
            Self::File(folder) => folder.kill()?,
        }
        Ok(())
    }

    /// Starts the store again: Postgres with its records, the others empty.
    pub(super) fn restart(&mut self) -> Result<()> {
        match self {
            Self::Redis(redis) => redis.restart_empty(),
            Self::Postgres(postgres) => postgres.restart(),
            Self::File(folder) => folder.restart_empty(),
        }
    }
}
