//! The store under test, in a temporary folder, and how it goes away and comes back.

use anyhow::Result;
use fleet::engine::{Folder, Postgres, Redis};

use super::StoreKind;

/// A store that runs; dropping it ends it.
pub(super) enum Store {
    Redis(Redis),
    Postgres(Postgres),
    File(Folder),
}

/// A process has one connection for its operations, one for notifications, and now and then another one.
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

    /// Nothing is answered any more, and connections stay.
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

    /// Gone at once.
    pub(super) fn kill(&mut self) -> Result<()> {
        match self {
            Self::Redis(redis) => redis.kill(),
            Self::Postgres(postgres) => postgres.kill(),
            Self::File(folder) => folder.kill()?,
        }
        Ok(())
    }

    /// Back, and empty but for Postgres, which is trusted not to lose anything.
    pub(super) fn restart(&mut self) -> Result<()> {
        match self {
            Self::Redis(redis) => redis.restart_empty(),
            Self::Postgres(postgres) => postgres.restart(),
            Self::File(folder) => folder.restart_empty(),
        }
    }
}
