//! Removes what nobody needs any more: records long past their use, and what killed writers left behind.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io::{Error, ErrorKind, Result};
use std::path::Path;
use std::time::{Duration, SystemTime};

use evergrant::store::StoreKey;

use super::parts;
use crate::private_file::LockedFile;

/// How often one process looks.
pub(super) const INTERVAL: Duration = Duration::from_secs(60 * 60);

/// How long what is of no use stays all the same: no clock of a machine that has just started is off by more.
const GRACE: Duration = Duration::from_secs(24 * 60 * 60);

/// Passes over what others hold, and over whatever is not ours.
pub(super) fn sweep(folder: &Path, now: SystemTime) {
    match old_keys(folder, now) {
        Ok(keys) => keys.iter().for_each(|key| {
            let path = folder.join(format!("{key}.json"));
            remove(&path, now).unwrap_or_else(|error| tell(&path, &error));
        }),
        Err(error) => tell(folder, &error),
    }
}

fn old_keys(folder: &Path, now: SystemTime) -> Result<BTreeSet<StoreKey>> {
    let mut old = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if let Some((key, "json" | "lock" | "new")) = parts(&path)
            && metadata(&path)?.is_some_and(|metadata| is_old(&metadata, now))
        {
            old.insert(key);
        }
    }
    Ok(old)
}

/// Looks again once the lock is held.
fn remove(path: &Path, now: SystemTime) -> Result<()> {
    // A lock is as old as its record's first version.
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
        Some(metadata) if !is_old(&metadata, now) => locked.tidy(),
        _ => locked.remove_with_lock(),
    }
}

/// By its modification time, which says until when it is of use.
fn is_old(metadata: &Metadata, now: SystemTime) -> bool {
    let until = metadata.modified().ok().and_then(|until| until.checked_add(GRACE));
    metadata.is_file() && until.is_some_and(|until| until < now)
}

fn metadata(path: &Path) -> Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn tell(path: &Path, error: &Error) {
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

    /// A folder of its own for each test, with a file as old as said.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("evergrant-sweep-{name}-{}", std::process::id()));
            let key = StoreKey::builder("https://auth.example.com/token", name).build();
            crate::private::make_folder(&folder).unwrap();
            Self(folder.join(format!("{key}.json")))
        }

        fn put(&self, extension: &str, age: Duration) {
            let path = self.0.with_extension(extension);
            let mut options = File::options();
            let file = crate::private::open(options.write(true).create(true).clone(), &path).unwrap();
            file.set_modified(now() - age).unwrap();
        }

        /// The extensions that are left after a sweep.
        fn swept(&self) -> Vec<String> {
            let folder = self.0.parent().unwrap();
            sweep(folder, now());
            let mut left: Vec<_> = fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().path().extension().unwrap().to_str().unwrap().to_owned())
                .collect();
            left.sort();
            left
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
    fn a_record_goes_a_day_after_it_was_of_use_and_its_lock_with_it() {
        let folder = Folder::new("record");
        folder.put("lock", 2 * GRACE);
        folder.put("json", GRACE / 2);
        assert_eq!(folder.swept(), ["json", "lock"]);
        folder.put("json", GRACE * 2);
        assert!(folder.swept().is_empty());
    }

    #[test]
    fn what_killed_writers_left_goes_once_it_is_old() {
        let folder = Folder::new("leftover");
        folder.put("json", Duration::ZERO);
        folder.put("lock", Duration::ZERO);
        folder.put("new", GRACE / 2);
        assert_eq!(folder.swept(), ["json", "lock", "new"]);
        folder.put("new", GRACE * 2);
        assert_eq!(folder.swept(), ["json", "lock"]);
    }

    #[test]
    fn a_lock_without_a_record_goes_once_it_is_old() {
        let folder = Folder::new("lock");
        folder.put("lock", GRACE / 2);
        assert_eq!(folder.swept(), ["lock"]);
        folder.put("lock", GRACE * 2);
        assert!(folder.swept().is_empty());
    }

    #[test]
    fn what_somebody_holds_stays() {
        let folder = Folder::new("held");
        folder.put("json", 2 * GRACE);
        let held = LockedFile::open(&folder.0, Duration::ZERO).unwrap();
        assert_eq!(folder.swept(), ["json", "lock"]);
        drop(held);
        assert!(folder.swept().is_empty());
    }
}
