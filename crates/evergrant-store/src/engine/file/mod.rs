//! The engine for the processes of one machine: a folder with a private file for each record.
//!
//! A record is read without a lock, since it is replaced by renaming; it is compared and replaced under one. The clock is the
//! machine's. A file's modification time says until when its record is of use, so that old ones can be told from others, and
//! removed.

mod folder;
mod sweep;

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
use crate::private_file::{LockedFile, read};
use crate::{blocking, private};

/// Records in a folder.
#[derive(Debug)]
pub(crate) struct FileStore {
    folder: PathBuf,
    runtime: TokioRuntime,
    /// When the folder was last swept, in seconds since the machine started.
    swept: AtomicU64,
}

/// How long a writer waits for others, each of which needs no longer than the disk does.
const LOCK_LIMIT: Duration = Duration::from_secs(2);

/// Nothing is of use for longer. Further ahead, file systems do not know what to say.
const LONGEST_KEEP: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

impl FileStore {
    pub(crate) fn new(url: &Secret) -> std::result::Result<Self, StoreBuildError> {
        Ok(Self {
            folder: folder::named_by(url.expose())?,
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
        let outcome = blocking::run(&self.runtime, work).await;
        outcome.map_err(|error| failure(&self.folder, error))
    }

    /// In passing, and seldom. Nobody waits for it.
    fn sweep(&self) {
        let now = self.runtime.now().since_boot().as_secs();
        let last = self.swept.load(Ordering::Relaxed);
        let due = last == 0 || now.saturating_sub(last) >= sweep::INTERVAL.as_secs();
        let ours = || {
            self.swept
                .compare_exchange(last, now.max(1), Ordering::Relaxed, Ordering::Relaxed)
        };
        if !due || ours().is_err() {
            return;
        }
        let (folder, now) = (self.folder.clone(), self.now());
        // The next one does, where nothing can be started.
        let _ = self
            .runtime
            .spawn_blocking(Box::new(move || sweep::sweep(&folder, now)));
    }
}

impl TokenStore for FileStore {
    async fn load(&self, key: &StoreKey) -> std::result::Result<Loaded, StoreError> {
        let (folder, path) = (self.folder.clone(), self.path(key));
        let load = move || match private::check_folder(&folder)? {
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
            private::make_folder(&folder)?;
            // Without the lock: most of those who come too late are told so here.
            if !is_expected(&read(&path)?) {
                return Ok(SwapOutcome::Conflict);
            }
            let locked = LockedFile::open(&path, LOCK_LIMIT)?;
            if !is_expected(&locked.read()?) {
                return Ok(SwapOutcome::Conflict);
            }
            match &swap.record {
                Some(record) => {
                    let until = now + swap.keep.min(LONGEST_KEEP);
                    locked.replace()?.modified(until).commit(record.expose().as_bytes())?;
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
    if !private::check_folder(folder)? {
        return Ok(Vec::new());
    }
    let mut keys = Vec::new();
    for entry in fs::read_dir(folder)? {
        if let Some((key, "json")) = parts(&entry?.path()) {
            keys.push(key);
        }
    }
    keys.sort_unstable();
    Ok(keys)
}

/// The key that one of our files belongs to, and what it is to it.
fn parts(path: &Path) -> Option<(StoreKey, &str)> {
    let key = path.file_stem()?.to_str()?.parse().ok()?;
    Some((key, path.extension()?.to_str()?))
}

/// The operating system's errors do not say what they are about.
fn failure(folder: &Path, error: Error) -> StoreError {
    let kind = match error.kind() {
        ErrorKind::TimedOut => StoreErrorKind::Timeout,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StoreErrorKind::Refused,
        _ => StoreErrorKind::Other,
    };
    match error.raw_os_error() {
        Some(_) => StoreError::new(kind, format!("{}: {error}", folder.display())),
        None => StoreError::new(kind, error),
    }
}
