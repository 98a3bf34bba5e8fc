//! A small secret file: for its owner alone, replaced as a whole, and locked while it is in use.
//!
//! The file engine's records are such files, and so is what `evergrant login` stores. Beside the file `x.json` lie `x.lock`, which
//! stays, and for moments `x.new`, which takes the file's place once it is complete. On Unix all of them are 0600, in a folder
//! that is 0700; a link, a file of somebody else's, and one that others can read are refused.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind, Result, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use evergrant::Secret;

use crate::private;

/// A file that no other process of ours touches until this is dropped. The lock is on a file beside it, since the file itself
/// is replaced.
///
/// ```
/// use std::time::Duration;
/// use evergrant_store::private_file::{LockedFile, read};
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

/// What takes the file's place once it is written; gone without a trace if it never is.
#[derive(Debug)]
pub struct PendingFile<'a> {
    locked: &'a LockedFile,
    file: File,
    modified: Option<SystemTime>,
}

/// What is taken on the disk beforehand: most tokens are shorter.
const ROOM: [u8; 16 * 1024] = [b' '; 16 * 1024];

/// How soon to try for the lock again: at first, and at last.
const PAUSES: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(50)];

/// What is in the file; `None` when there is none. Needs no lock, since files are replaced as a whole. Bytes that are no UTF-8
/// come out as U+FFFD.
///
/// # Errors
/// [`PermissionDenied`](ErrorKind::PermissionDenied) for a file that others may read, a link, or anything else that was not
/// written by us; the operating system's otherwise.
pub fn read(path: &Path) -> Result<Option<Secret>> {
    private::read(path)
}

impl LockedFile {
    /// Waits for the lock for so long, and blocks the thread. The folder is made if it is missing.
    ///
    /// # Errors
    /// [`TimedOut`](ErrorKind::TimedOut) when somebody else has the lock all the time,
    /// [`PermissionDenied`](ErrorKind::PermissionDenied) when the folder or the lock is not ours alone; the operating system's
    /// otherwise.
    pub fn open(path: &Path, limit: Duration) -> Result<Self> {
        if let Some(folder) = path.parent() {
            private::make_folder(folder)?;
        }
        let lock_path = path.with_extension("lock");
        let mut waited = Duration::ZERO;
        loop {
            let options = OpenOptions::new().read(true).write(true).create(true).clone();
            let lock = private::open(options, &lock_path)?;
            wait_for(&lock, &lock_path, &mut waited, limit)?;
            // Somebody may have removed it, and the next one would lock another.
            if private::is_at(&lock, &lock_path)? {
                let path = path.to_owned();
                return Ok(Self { path, lock });
            }
        }
    }

    /// As the function [`read`].
    ///
    /// # Errors
    /// As there.
    pub fn read(&self) -> Result<Option<Secret>> {
        read(&self.path)
    }

    /// Makes the file that is to take this one's place, with room for a token, so that most of what could prevent it does so
    /// now.
    ///
    /// # Errors
    /// The operating system's.
    pub fn prepare(&self) -> Result<PendingFile<'_>> {
        let mut pending = self.replace()?;
        pending.file.write_all(&ROOM)?;
        pending.file.sync_all()?;
        Ok(pending)
    }

    /// As [`prepare`](Self::prepare), without the room.
    ///
    /// # Errors
    /// The operating system's.
    pub fn replace(&self) -> Result<PendingFile<'_>> {
        if fs::symlink_metadata(&self.path).is_ok_and(|metadata| metadata.is_dir()) {
            let path = self.path.display();
            return Err(Error::other(format!("{path} is a folder; remove it")));
        }
        self.tidy()?;
        let options = OpenOptions::new().write(true).create_new(true).clone();
        let file = private::open(options, &self.new_path())?;
        Ok(PendingFile {
            locked: self,
            file,
            modified: None,
        })
    }

    /// Whether there was one. What is left of a writer that was killed goes with it.
    ///
    /// # Errors
    /// The operating system's.
    pub fn remove(&self) -> Result<bool> {
        self.tidy()?;
        let removed = remove(&self.path)?;
        private::sync_folder(&self.path)?;
        Ok(removed)
    }

    /// Removes what is left of a writer that was killed.
    pub(crate) fn tidy(&self) -> Result<()> {
        remove(&self.new_path()).map(drop)
    }

    /// As [`remove`](Self::remove), and on Unix the lock goes too; elsewhere one that is in use cannot.
    pub(crate) fn remove_with_lock(self) -> Result<()> {
        self.remove()?;
        if cfg!(unix) {
            remove(&self.path.with_extension("lock"))?;
        }
        // Nobody may have it before its file is gone.
        drop(self.lock);
        Ok(())
    }

    fn new_path(&self) -> PathBuf {
        self.path.with_extension("new")
    }
}

impl PendingFile<'_> {
    /// Has the file look as if it was written then.
    #[must_use]
    pub fn modified(mut self, time: SystemTime) -> Self {
        self.modified = Some(time);
        self
    }

    /// All or nothing, whenever the machine or the program stops.
    ///
    /// # Errors
    /// The operating system's; the file is as it was before then, or as it is to be.
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
        private::sync_folder(path)
    }
}

impl Drop for PendingFile<'_> {
    fn drop(&mut self) {
        // After a renaming there is none.
        let _ = remove(&self.locked.new_path());
    }
}

fn wait_for(lock: &File, path: &Path, waited: &mut Duration, limit: Duration) -> Result<()> {
    let [mut pause, longest] = PAUSES;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if *waited >= limit => {
                let problem = format!(
                    "{} is locked, perhaps by another process that waits for a server; try again",
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

/// Whether there was one.
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
    fn a_lock_that_another_holds_is_waited_for_so_long_and_named() {
        let folder = std::env::temp_dir().join(format!("evergrant-lock-{}", std::process::id()));
        let path = folder.join("session.json");
        let held = LockedFile::open(&path, Duration::ZERO).unwrap();
        let error = LockedFile::open(&path, PAUSES[1]).unwrap_err();
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
    fn what_is_prepared_and_not_written_leaves_the_file_as_it_was() {
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
