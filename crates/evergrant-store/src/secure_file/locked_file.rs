//! Locks a secret file and replaces it. Next to a file `x.json` there are `x.lock`, which is kept, and during a write
//! `x.new`, which is renamed to `x.json` when it is complete.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind, Result, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use evergrant::Secret;

use super::folder::{create_folder, is_at, sync_folder};
use super::{open, read};

/// An exclusive lock on a secret file, which is held until this value is dropped. The lock is on a separate file next
/// to the secret file, because the secret file itself is replaced when it is written.
///
/// ```
/// use std::time::Duration;
/// use evergrant_store::secure_file::{LockedFile, read};
///
/// # let folder = std::env::temp_dir().join(format!("evergrant-locked-{}", std::process::id()));
/// let path = folder.join("session.json");
/// let locked = LockedFile::open(&path, Duration::from_secs(10))?;
/// locked.prepare()?.commit(b"not-a-real-secret")?;
/// assert_eq!(read(&path)?.expect("it was written").expose(), "not-a-real-secret");
/// assert!(locked.remove()?);
/// # drop(locked);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct LockedFile {
    path: PathBuf,
    lock: File,
}

/// A temporary file that can replace a secret file. [`commit`](Self::commit) renames it to the name of the secret file.
/// If this value is dropped without a commit, the temporary file is removed.
#[derive(Debug)]
pub struct PendingFile<'a> {
    locked: &'a LockedFile,
    file: File,
    modified: Option<SystemTime>,
}

/// Disk space that is reserved before a write. Most tokens are shorter.
const RESERVED: [u8; 16 * 1024] = [b' '; 16 * 1024];

/// Time between two attempts to lock: the first one, and the maximum.
const RETRY_INTERVALS: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(50)];

impl LockedFile {
    /// Locks the secret file at `path`, and creates its folder if it is missing. While another process holds the lock,
    /// this function blocks the thread for at most `limit`.
    ///
    /// # Errors
    /// Returns [`TimedOut`](ErrorKind::TimedOut) if the lock is not free within `limit`,
    /// [`PermissionDenied`](ErrorKind::PermissionDenied) if other users can access the folder or the lock file, and
    /// otherwise the error of the operating system.
    pub fn open(path: &Path, limit: Duration) -> Result<Self> {
        if let Some(folder) = path.parent() {
            create_folder(folder)?;
        }
        let lock_path = path.with_extension("lock");
        let mut waited = Duration::ZERO;
        loop {
            let options = OpenOptions::new().read(true).write(true).create(true).clone();
            let lock = open(options, &lock_path)?;
            acquire(&lock, &lock_path, &mut waited, limit)?;
            // If another process has removed the lock file, this lock has no effect.
            if is_at(&lock, &lock_path)? {
                let path = path.to_owned();
                return Ok(Self { path, lock });
            }
        }
    }

    /// Reads the locked file, as [`read`](super::read) does.
    ///
    /// # Errors
    /// Returns the errors of [`read`](super::read).
    pub fn read(&self) -> Result<Option<Secret>> {
        read(&self.path)
    }

    /// Creates a temporary file that can replace the locked file, and reserves disk space for a token. Most errors,
    /// such as a full disk, therefore occur now instead of at the [commit](PendingFile::commit).
    ///
    /// # Errors
    /// Returns the error of the operating system.
    pub fn prepare(&self) -> Result<PendingFile<'_>> {
        let mut pending = self.replace()?;
        pending.file.write_all(&RESERVED)?;
        pending.file.sync_all()?;
        Ok(pending)
    }

    /// Creates a temporary file that can replace the locked file, like [`prepare`](Self::prepare), but without
    /// reserving disk space.
    ///
    /// # Errors
    /// Returns the error of the operating system.
    pub fn replace(&self) -> Result<PendingFile<'_>> {
        if fs::symlink_metadata(&self.path).is_ok_and(|metadata| metadata.is_dir()) {
            let path = self.path.display();
            return Err(Error::other(format!("{path} is a folder; remove it")));
        }
        self.remove_leftovers()?;
        let options = OpenOptions::new().write(true).create_new(true).clone();
        let file = open(options, &self.new_path())?;
        Ok(PendingFile {
            locked: self,
            file,
            modified: None,
        })
    }

    /// Removes the locked file, and temporary files that a killed process has left. Returns whether the locked file
    /// existed.
    ///
    /// # Errors
    /// Returns the error of the operating system.
    pub fn remove(&self) -> Result<bool> {
        self.remove_leftovers()?;
        let removed = remove(&self.path)?;
        sync_folder(&self.path)?;
        Ok(removed)
    }

    /// Removes the leftovers of a killed writer.
    pub(crate) fn remove_leftovers(&self) -> Result<()> {
        remove(&self.new_path()).map(drop)
    }

    /// Removes the file, and on Unix also the lock file. Other systems cannot remove a file that is in use.
    pub(crate) fn remove_with_lock(self) -> Result<()> {
        self.remove()?;
        if cfg!(unix) {
            remove(&self.path.with_extension("lock"))?;
        }
        // The lock is released after its file is removed.
        drop(self.lock);
        Ok(())
    }

    fn new_path(&self) -> PathBuf {
        self.path.with_extension("new")
    }
}

impl PendingFile<'_> {
    /// Sets the modification time that the secret file will have after the commit.
    #[must_use]
    pub fn modified(mut self, time: SystemTime) -> Self {
        self.modified = Some(time);
        self
    }

    /// Writes `bytes` to the temporary file, and renames it to the name of the locked file. The replacement is atomic,
    /// even if the program or the machine stops.
    ///
    /// # Errors
    /// Returns the error of the operating system. The locked file then contains either the old content or `bytes`.
    pub fn commit(mut self, bytes: &[u8]) -> Result<()> {
        self.file.rewind()?;
        self.file.write_all(bytes)?;
        self.file.set_len(bytes.len() as u64)?;
        if let Some(modified) = self.modified {
            self.file.set_modified(modified)?;
        }
        self.file.sync_all()?;
        let path = &self.locked.path;
        fs::rename(self.locked.new_path(), path)?;
        sync_folder(path)
    }
}

impl Drop for PendingFile<'_> {
    fn drop(&mut self) {
        // It does not exist after a rename.
        let _ = remove(&self.locked.new_path());
    }
}

fn acquire(lock: &File, path: &Path, waited: &mut Duration, limit: Duration) -> Result<()> {
    let [mut pause, longest] = RETRY_INTERVALS;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if *waited >= limit => {
                let problem = format!(
                    "{} is locked by another process, which may be waiting for a server; try again",
                    path.display()
                );
                return Err(Error::new(ErrorKind::TimedOut, problem));
            }
            Err(TryLockError::WouldBlock) => thread::sleep(pause),
        }
        *waited += pause;
        pause = longest.min(pause * 2);
    }
}

/// Removes a file. Returns whether it existed.
fn remove(path: &Path) -> Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_a_locked_file_times_out() {
        let folder = std::env::temp_dir().join(format!("evergrant-lock-{}", std::process::id()));
        let path = folder.join("session.json");
        let held = LockedFile::open(&path, Duration::ZERO).unwrap();
        let error = LockedFile::open(&path, RETRY_INTERVALS[1]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        let error = error.to_string();
        assert!(
            error.contains("session.lock") && error.contains("another process"),
            "{error}"
        );
        drop(held);
        assert!(LockedFile::open(&path, Duration::ZERO).is_ok());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_prepared_file_that_is_not_committed_changes_nothing() {
        let folder = std::env::temp_dir().join(format!("evergrant-pending-{}", std::process::id()));
        let path = folder.join("session.json");
        let locked = LockedFile::open(&path, Duration::ZERO).unwrap();
        locked.prepare().unwrap().commit(b"first").unwrap();
        drop(locked.prepare().unwrap());
        assert_eq!(locked.read().unwrap().unwrap().expose(), "first");
        let mut names: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["session.json", "session.lock"]);
        fs::remove_dir_all(&folder).unwrap();
    }
}
