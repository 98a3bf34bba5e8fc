//! The file store's folder, which has no process that could be paused or killed: what does the same to its users.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use evergrant_store::private_file::LockedFile;
use tempfile::TempDir;

/// A folder for a file store; dropping it removes it.
#[derive(Debug)]
pub struct Folder {
    folder: TempDir,
    locks: Vec<LockedFile>,
}

const LOCK_LIMIT: Duration = Duration::from_secs(5);

impl Folder {
    /// A folder that nobody has used.
    ///
    /// # Errors
    /// A temporary folder that cannot be made.
    pub fn start() -> Result<Self> {
        Ok(Self {
            folder: tempfile::Builder::new().prefix("evergrant-files-").tempdir()?,
            locks: Vec::new(),
        })
    }

    /// `file:…`
    #[must_use]
    pub fn url(&self) -> String {
        format!("file:{}", self.records().display())
    }

    /// Holds the locks of all records, as a process does that is stopped while it writes.
    ///
    /// # Errors
    /// A lock that cannot be had.
    pub fn pause(&mut self) -> Result<()> {
        for path in self.files()? {
            if path.extension().is_some_and(|extension| extension == "json") {
                self.locks.push(LockedFile::open(&path, LOCK_LIMIT)?);
            }
        }
        Ok(())
    }

    /// Lets go of the locks.
    pub fn resume(&mut self) {
        self.locks.clear();
    }

    /// Takes the folder away, and puts something in its place that is none.
    ///
    /// # Errors
    /// A folder that cannot be moved.
    pub fn kill(&mut self) -> Result<()> {
        let records = self.records();
        let gone = self.folder.path().join("gone");
        if gone.exists() {
            fs::remove_dir_all(&gone)?;
        }
        fs::rename(&records, &gone).context("the folder of records cannot be moved")?;
        Ok(fs::write(&records, "")?)
    }

    /// Puts the folder back, with all its records.
    ///
    /// # Errors
    /// A folder that cannot be moved.
    pub fn restart(&mut self) -> Result<()> {
        self.restart_empty()?;
        let gone = self.folder.path().join("gone");
        fs::rename(gone, self.records()).context("the folder of records cannot be moved back")
    }

    /// Takes away what is in the folder's place.
    ///
    /// # Errors
    /// What cannot be removed.
    pub fn restart_empty(&mut self) -> Result<()> {
        Ok(fs::remove_file(self.records())?)
    }

    /// Removes all records.
    ///
    /// # Errors
    /// A file that cannot be removed.
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
    fn it_goes_away_and_comes_back_with_its_records_or_without() {
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
    fn paused_its_locks_are_nobodys_to_have() {
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
