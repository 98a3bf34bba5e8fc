//! The file engine, for the processes of one machine: a folder with a secret file for each record.
//!
//! A record is read without a lock, because it is replaced by renaming. It is compared and replaced under a lock. The
//! clock is the machine's clock. The modification time of a file is the expiry of its record, so that old files can be
//! removed.

mod expired_records;
mod url;

use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use evergrant::Secret;
use evergrant::runtime::{Runtime as _, TokioRuntime};
use evergrant::store::{Loaded, StoreError, StoreErrorKind, StoreKey, Swap, SwapOutcome, TokenStore};

use super::check_length;
use crate::error::StoreBuildError;
use crate::secure_file::{self, LockedFile, read};
use crate::spawn_blocking;

/// Records in a folder.
#[derive(Debug)]
pub(crate) struct FileStore {
    folder: PathBuf,
    runtime: TokioRuntime,
    /// When the folder was last swept, in seconds since the machine started.
    swept: AtomicU64,
}

/// Maximum time to wait for the lock. Other writers hold it only during a disk write.
const LOCK_LIMIT: Duration = Duration::from_secs(2);

/// Maximum lifetime of a record. File systems do not support times that are too far in the future.
const MAX_TTL: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

impl FileStore {
    pub(crate) fn new(url: &Secret) -> std::result::Result<Self, StoreBuildError> {
        Ok(Self {
            folder: url::parse(url.expose())?,
            runtime: TokioRuntime::new(),
            swept: AtomicU64::new(0),
        })
    }

    fn path(&self, key: &StoreKey) -> PathBuf {
        self.folder.join(format!("{key}.json"))
    }

    fn now(&self) -> SystemTime {
        self.runtime.now().wall()
    }

    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, StoreError> {
        let outcome = spawn_blocking::run(&self.runtime, work).await;
        outcome.map_err(|error| store_error(&self.folder, error))
    }

    /// Removes old files in the background, at most once per [`expired_records::INTERVAL`].
    fn sweep(&self) {
        let now = self.runtime.now().since_boot().as_secs();
        let last = self.swept.load(Ordering::Relaxed);
        let due = last == 0 || now.saturating_sub(last) >= expired_records::INTERVAL.as_secs();
        let claim = || {
            self.swept
                .compare_exchange(last, now.max(1), Ordering::Relaxed, Ordering::Relaxed)
        };
        if !due || claim().is_err() {
            return;
        }
        let (folder, now) = (self.folder.clone(), self.now());
        // If no task can be started, a later write sweeps.
        let _ = self
            .runtime
            .spawn_blocking(Box::new(move || expired_records::sweep(&folder, now)));
    }
}

impl TokenStore for FileStore {
    async fn load(&self, key: &StoreKey) -> std::result::Result<Loaded, StoreError> {
        let (folder, path) = (self.folder.clone(), self.path(key));
        let load = move || match secure_file::check_folder(&folder)? {
            true => read(&path),
            false => Ok(None),
        };
        let record = self.on_disk(load).await?;
        let now = self.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Loaded { record, now })
    }

    async fn swap(&self, key: &StoreKey, swap: Swap) -> std::result::Result<SwapOutcome, StoreError> {
        check_length(&swap)?;
        let (folder, path, now) = (self.folder.clone(), self.path(key), self.now());
        let replace = move || {
            let is_expected = |record: &Option<Secret>| {
                record.as_ref().map(Secret::expose) == swap.expected.as_ref().map(Secret::expose)
            };
            secure_file::create_folder(&folder)?;
            // Without the lock: most conflicts are found here.
            if !is_expected(&read(&path)?) {
                return Ok(SwapOutcome::Conflict);
            }
            let locked = LockedFile::open(&path, LOCK_LIMIT)?;
            if !is_expected(&locked.read()?) {
                return Ok(SwapOutcome::Conflict);
            }
            match &swap.record {
                Some(record) => {
                    let expiry = now + swap.ttl.min(MAX_TTL);
                    locked.replace()?.modified(expiry).commit(record.expose().as_bytes())?;
                }
                None => {
                    locked.remove()?;
                }
            }
            Ok(SwapOutcome::Done)
        };
        let outcome = self.on_disk(replace).await?;
        self.sweep();
        Ok(outcome)
    }

    async fn keys(&self) -> std::result::Result<Vec<StoreKey>, StoreError> {
        let folder = self.folder.clone();
        self.on_disk(move || keys(&folder)).await
    }
}

fn keys(folder: &Path) -> Result<Vec<StoreKey>> {
    if !secure_file::check_folder(folder)? {
        return Ok(Vec::new());
    }
    let mut keys = Vec::new();
    for entry in fs::read_dir(folder)? {
        if let Some((key, "json")) = parse_path(&entry?.path()) {
            keys.push(key);
        }
    }
    keys.sort_unstable();
    Ok(keys)
}

/// Splits the path of a store's file into its key and extension.
fn parse_path(path: &Path) -> Option<(StoreKey, &str)> {
    let key = path.file_stem()?.to_str()?.parse().ok()?;
    Some((key, path.extension()?.to_str()?))
}

/// Converts an I/O error, and adds the folder to errors of the operating system, which do not have a path.
fn store_error(folder: &Path, error: Error) -> StoreError {
    let kind = match error.kind() {
        ErrorKind::TimedOut => StoreErrorKind::Timeout,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StoreErrorKind::Rejected,
        _ => StoreErrorKind::Other,
    };
    match error.raw_os_error() {
        Some(_) => StoreError::new(kind, format!("{}: {error}", folder.display())),
        None => StoreError::new(kind, error),
    }
}
