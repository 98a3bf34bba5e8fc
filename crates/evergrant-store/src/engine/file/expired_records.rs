//! Removes expired records and the leftovers of killed writers.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io::{Error, ErrorKind, Result};
use std::path::Path;
use std::time::{Duration, SystemTime};

use evergrant::store::StoreKey;

use super::parse_path;
use crate::secure_file::LockedFile;

/// Minimum time between two sweeps of one process.
pub(super) const INTERVAL: Duration = Duration::from_secs(60 * 60);

/// Time that files are kept after they expire, in case the machine's clock is wrong after its start.
const GRACE: Duration = Duration::from_secs(24 * 60 * 60);

/// Removes the old files in a folder. Skips locked files and files that the store did not create.
pub(super) fn sweep(folder: &Path, now: SystemTime) {
    match old_keys(folder, now) {
        Ok(keys) => keys.iter().for_each(|key| {
            let path = folder.join(format!("{key}.json"));
            remove(&path, now).unwrap_or_else(|error| report(&path, &error));
        }),
        Err(error) => report(folder, &error),
    }
}

fn old_keys(folder: &Path, now: SystemTime) -> Result<BTreeSet<StoreKey>> {
    let mut old = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if let Some((key, "json" | "lock" | "new")) = parse_path(&path)
            && metadata(&path)?.is_some_and(|metadata| is_old(&metadata, now))
        {
            old.insert(key);
        }
    }
    Ok(old)
}

/// Removes a record if it is still old when the lock is held.
fn remove(path: &Path, now: SystemTime) -> Result<()> {
    // A lock file is as old as the first version of its record.
    if metadata(path)?.is_some_and(|metadata| !is_old(&metadata, now))
        && metadata(&path.with_extension("new"))?.is_none()
    {
        return Ok(());
    }
    let locked = match LockedFile::open(path, Duration::ZERO) {
        Err(error) if error.kind() == ErrorKind::TimedOut => return Ok(()),
        outcome => outcome?,
    };
    match metadata(path)? {
        Some(metadata) if !is_old(&metadata, now) => locked.remove_leftovers(),
        _ => locked.remove_with_lock(),
    }
}

/// Returns whether a file has expired. The modification time is its expiry.
fn is_old(metadata: &Metadata, now: SystemTime) -> bool {
    let removal = metadata.modified().ok().and_then(|expiry| expiry.checked_add(GRACE));
    metadata.is_file() && removal.is_some_and(|removal| removal < now)
}

fn metadata(path: &Path) -> Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn report(path: &Path, error: &Error) {
    tracing::debug!(
        name: "evergrant.store_not_swept",
        target: "evergrant",
        path = %path.display(),
        problem = %error,
        "old files of the token store cannot be removed"
    );
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::PathBuf;
    use std::time::UNIX_EPOCH;

    use super::*;

    /// A separate folder for each test, with files of a given age.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("evergrant-sweep-{name}-{}", std::process::id()));
            let key = StoreKey::builder("https://auth.example.com/token", name).build();
            crate::secure_file::create_folder(&folder).unwrap();
            Self(folder.join(format!("{key}.json")))
        }

        fn put(&self, extension: &str, age: Duration) {
            let path = self.0.with_extension(extension);
            let mut options = File::options();
            let file = crate::secure_file::open(options.write(true).create(true).clone(), &path).unwrap();
            file.set_modified(now() - age).unwrap();
        }

        /// Sweeps the folder. Returns the extensions of the remaining files.
        fn sweep(&self) -> Vec<String> {
            let folder = self.0.parent().unwrap();
            sweep(folder, now());
            let mut remaining: Vec<_> = fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().path().extension().unwrap().to_str().unwrap().to_owned())
                .collect();
            remaining.sort();
            remaining
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(self.0.parent().unwrap());
        }
    }

    fn now() -> SystemTime {
        UNIX_EPOCH + 100 * GRACE
    }

    #[test]
    fn an_expired_record_is_removed_with_its_lock_after_a_day() {
        let folder = Folder::new("record");
        folder.put("lock", 2 * GRACE);
        folder.put("json", GRACE / 2);
        assert_eq!(folder.sweep(), ["json", "lock"]);
        folder.put("json", GRACE * 2);
        assert!(folder.sweep().is_empty());
    }

    #[test]
    fn old_leftovers_of_killed_writers_are_removed() {
        let folder = Folder::new("leftover");
        folder.put("json", Duration::ZERO);
        folder.put("lock", Duration::ZERO);
        folder.put("new", GRACE / 2);
        assert_eq!(folder.sweep(), ["json", "lock", "new"]);
        folder.put("new", GRACE * 2);
        assert_eq!(folder.sweep(), ["json", "lock"]);
    }

    #[test]
    fn an_old_lock_without_a_record_is_removed() {
        let folder = Folder::new("lock");
        folder.put("lock", GRACE / 2);
        assert_eq!(folder.sweep(), ["lock"]);
        folder.put("lock", GRACE * 2);
        assert!(folder.sweep().is_empty());
    }

    #[test]
    fn locked_records_are_kept() {
        let folder = Folder::new("held");
        folder.put("json", 2 * GRACE);
        let held = LockedFile::open(&folder.0, Duration::ZERO).unwrap();
        assert_eq!(folder.sweep(), ["json", "lock"]);
        drop(held);
        assert!(folder.sweep().is_empty());
    }
}
