//! The folder of a file store. It has no process: file operations have the same effect on its users as a pause or a
//! kill.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use evergrant_store::secure_file::LockedFile;
use supervisor::{TempDir, temporary_folder};

/// The folder of a file store. Dropping it removes the folder.
#[derive(Debug)]
pub struct Folder {
    folder: TempDir,
    locks: Vec<LockedFile>,
}

const LOCK_LIMIT: Duration = Duration::from_secs(5);

impl Folder {
    /// Creates a new folder.
    ///
    /// # Errors
    /// The temporary folder cannot be created.
    pub fn start() -> Result<Self> {
        Ok(Self {
            folder: temporary_folder("files")?,
            locks: Vec::new(),
        })
    }

    /// Returns the store's URL, `file:…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("file:{}", self.records().display())
    }

    /// Locks all records, as a process does that is stopped while it writes.
    ///
    /// # Errors
    /// A record cannot be locked.
    pub fn pause(&mut self) -> Result<()> {
        for path in self.files()? {
            if path.extension().is_some_and(|extension| extension == "json") {
                self.locks.push(LockedFile::open(&path, LOCK_LIMIT)?);
            }
        }
        Ok(())
    }

    /// Releases the locks.
    pub fn resume(&mut self) {
        self.locks.clear();
    }

    /// Moves the folder away and creates a file with its name.
    ///
    /// # Errors
    /// The folder cannot be moved.
    pub fn kill(&mut self) -> Result<()> {
        let records = self.records();
        let moved = self.folder.path().join("moved");
        if moved.exists() {
            fs::remove_dir_all(&moved)?;
        }
        fs::rename(&records, &moved).context("the folder of records cannot be moved")?;
        Ok(fs::write(&records, "")?)
    }

    /// Moves the folder back, with all its records.
    ///
    /// # Errors
    /// The folder cannot be moved.
    pub fn restart(&mut self) -> Result<()> {
        self.restart_empty()?;
        let moved = self.folder.path().join("moved");
        fs::rename(moved, self.records()).context("the folder of records cannot be moved back")
    }

    /// Removes the file with the folder's name. The folder does not exist afterwards.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub fn restart_empty(&mut self) -> Result<()> {
        Ok(fs::remove_file(self.records())?)
    }

    /// Removes all records.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn flush(&self) -> Result<()> {
        self.files()?.iter().try_for_each(|path| Ok(fs::remove_file(path)?))
    }

    fn files(&self) -> Result<Vec<PathBuf>> {
        let entries = fs::read_dir(self.records())?;
        entries.map(|entry| Ok(entry?.path())).collect()
    }

    fn records(&self) -> PathBuf {
        self.folder.path().join("records")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_killed_folder_restarts_with_or_without_its_records() {
        let mut folder = Folder::start().unwrap();
        let path = folder.records().join("name.json");
        LockedFile::open(&path, LOCK_LIMIT).unwrap();
        folder.kill().unwrap();
        assert!(!folder.records().is_dir());
        folder.restart().unwrap();
        assert_eq!(folder.files().unwrap().len(), 1);
        folder.kill().unwrap();
        folder.restart_empty().unwrap();
        assert!(!folder.records().exists());
    }

    #[test]
    fn records_of_a_paused_folder_cannot_be_locked() {
        let mut folder = Folder::start().unwrap();
        let path = folder.records().join("name.json");
        drop(LockedFile::open(&path, LOCK_LIMIT).unwrap());
        fs::write(&path, "").unwrap();
        folder.pause().unwrap();
        assert!(LockedFile::open(&path, Duration::from_millis(20)).is_err());
        folder.resume();
        assert!(LockedFile::open(&path, LOCK_LIMIT).is_ok());
    }
}
