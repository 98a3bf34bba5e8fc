//! The store under test, in a temporary folder, and how it goes away and comes back.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use evergrant_store::private_file::LockedFile;
use fleet::engine::{Postgres, Redis};
use tempfile::TempDir;

use super::StoreKind;

/// A store that runs; dropping it ends it.
pub(super) enum Store {
    Redis(Redis),
    Postgres(Postgres),
    File { folder: TempDir, locks: Vec<LockedFile> },
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
            StoreKind::File => Self::File {
                folder: tempfile::tempdir()?,
                locks: Vec::new(),
            },
        })
    }

    pub(super) fn url(&self) -> String {
        match self {
            Self::Redis(redis) => redis.url(),
            Self::Postgres(postgres) => postgres.url(),
            Self::File { folder, .. } => format!("file:{}", tokens(folder).display()),
        }
    }

    /// Nothing is answered any more, and connections stay. Files have no process to be stopped: their locks are held by somebody
    /// who does not let go.
    pub(super) fn pause(&mut self) -> Result<()> {
        match self {
            Self::Redis(redis) => redis.pause(),
            Self::Postgres(postgres) => postgres.pause(),
            Self::File { folder, locks } => {
                for entry in fs::read_dir(tokens(folder))? {
                    let path = entry?.path();
                    if path.extension().is_some_and(|extension| extension == "json") {
                        locks.push(LockedFile::open(&path, Duration::from_secs(5))?);
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn resume(&mut self) {
        match self {
            Self::Redis(redis) => redis.resume(),
            Self::Postgres(postgres) => postgres.resume(),
            Self::File { locks, .. } => locks.clear(),
        }
    }

    /// Gone at once. Of files, the folder: there is something else in its place.
    pub(super) fn kill(&mut self) -> Result<()> {
        match self {
            Self::Redis(redis) => redis.kill(),
            Self::Postgres(postgres) => postgres.kill(),
            Self::File { folder, .. } => {
                let tokens = tokens(folder);
                fs::rename(&tokens, folder.path().join("gone")).context("the folder of tokens cannot be moved")?;
                fs::write(&tokens, "")?;
            }
        }
        Ok(())
    }

    /// Back, and empty but for Postgres, which is trusted not to lose anything.
    pub(super) fn restart(&mut self) -> Result<()> {
        match self {
            Self::Redis(redis) => redis.restart_empty(),
            Self::Postgres(postgres) => postgres.restart(),
            Self::File { folder, .. } => Ok(fs::remove_file(tokens(folder))?),
        }
    }
}

fn tokens(folder: &TempDir) -> PathBuf {
    folder.path().join("tokens")
}
