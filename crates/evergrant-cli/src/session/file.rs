//! A small secret file: for its owner alone, replaced as a whole, and locked while it is in use.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind, Read as _, Result, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::private;

/// A file that no other process of ours touches until this is dropped. The lock is on a file beside it, since the file itself
/// is replaced.
pub(super) struct Locked {
    path: PathBuf,
    _lock: File,
}

/// What takes the file's place once it is written; gone without a trace if it never is.
pub(super) struct Pending<'a> {
    locked: &'a Locked,
    file: File,
}

/// No token is longer.
const LONGEST: u64 = 1024 * 1024;

/// What is taken on the disk beforehand: most tokens are shorter.
const ROOM: [u8; 16 * 1024] = [b' '; 16 * 1024];

/// How often to try for the lock.
const PAUSE: Duration = Duration::from_millis(50);

impl Locked {
    /// Waits for the lock, and blocks the thread. The folder is made if it is missing.
    pub(super) fn open(path: &Path, limit: Duration) -> Result<Self> {
        if let Some(folder) = path.parent() {
            private::make_folder(folder)?;
        }
        let lock_path = path.with_extension("lock");
        let options = OpenOptions::new().read(true).write(true).create(true).clone();
        let lock = private::open(options, &lock_path)?;
        let mut waited = Duration::ZERO;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) if waited >= limit => {
                    let lock_path = lock_path.display();
                    return Err(Error::new(
                        ErrorKind::TimedOut,
                        format!(
                            "{lock_path} is locked, perhaps by another evergrant that waits for a server; try again"
                        ),
                    ));
                }
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            }
            waited += PAUSE;
        }
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// `None` when there is no such file. One that others may read, and a link, are refused: somebody else has been here.
    pub(super) fn read(&self) -> Result<Option<String>> {
        let mut file = match private::open(OpenOptions::new().read(true).clone(), &self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(Error::new(
                    error.kind(),
                    format!("{error}; remove it, and sign in again with `evergrant login`"),
                ));
            }
            Ok(file) => file,
        };
        let mut text = String::new();
        (&mut file).take(LONGEST).read_to_string(&mut text)?;
        Ok(Some(text))
    }

    /// Makes the file that is to take this one's place, with room for a token, so that most of what could prevent it does so
    /// now.
    pub(super) fn prepare(&self) -> Result<Pending<'_>> {
        if fs::symlink_metadata(&self.path).is_ok_and(|metadata| metadata.is_dir()) {
            let path = self.path.display();
            return Err(Error::other(format!("{path} is a folder; remove it")));
        }
        // What is left of a writer that was killed.
        remove(&self.new_path())?;
        let options = OpenOptions::new().write(true).create_new(true).clone();
        let file = private::open(options, &self.new_path())?;
        let mut pending = Pending { locked: self, file };
        pending.file.write_all(&ROOM)?;
        pending.file.sync_all()?;
        Ok(pending)
    }

    /// Whether there was one. What is left of a writer that was killed goes with it.
    pub(super) fn remove(&self) -> Result<bool> {
        remove(&self.new_path())?;
        remove(&self.path)
    }

    fn new_path(&self) -> PathBuf {
        self.path.with_extension("new")
    }
}

impl Pending<'_> {
    /// All or nothing, whenever the machine or the program stops.
    pub(super) fn commit(mut self, bytes: &[u8]) -> Result<()> {
        self.file.rewind()?;
        self.file.write_all(bytes)?;
        self.file.set_len(bytes.len() as u64)?;
        self.file.sync_all()?;
        let path = &self.locked.path;
        fs::rename(self.locked.new_path(), path)?;
        private::sync_folder(path)
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        // After a renaming there is none.
        let _ = remove(&self.locked.new_path());
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
        let held = Locked::open(&path, Duration::ZERO).unwrap();
        let error = Locked::open(&path, PAUSE).err().expect("no lock").to_string();
        assert!(
            error.contains("session.lock") && error.contains("another evergrant"),
            "{error}"
        );
        drop(held);
        assert!(Locked::open(&path, Duration::ZERO).is_ok());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_prepared_and_not_written_leaves_the_file_as_it_was() {
        let folder = std::env::temp_dir().join(format!("evergrant-pending-{}", std::process::id()));
        let path = folder.join("session.json");
        let locked = Locked::open(&path, Duration::ZERO).unwrap();
        locked.prepare().unwrap().commit(b"first").unwrap();
        drop(locked.prepare().unwrap());
        assert_eq!(locked.read().unwrap().as_deref(), Some("first"));
        let mut names: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["session.json", "session.lock"]);
        fs::remove_dir_all(&folder).unwrap();
    }
}
