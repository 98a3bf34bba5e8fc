//! A small secret file: for its owner alone, replaced as a whole, and locked while it is in use.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Error, ErrorKind, Read as _, Result, Write as _};
use std::path::{Path, PathBuf};

/// A file that no other process of ours touches until this is dropped. The lock is on a file beside it, since the file itself
/// is replaced.
pub(super) struct Locked {
    path: PathBuf,
    _lock: File,
}

/// No token is longer.
const LONGEST: u64 = 1024 * 1024;

impl Locked {
    /// Waits for the lock. The folder is made if it is missing.
    pub(super) fn open(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent() {
            private(DirBuilder::new().recursive(true)).create(folder)?;
        }
        let lock =
            owners(OpenOptions::new().write(true).create(true).truncate(false)).open(path.with_extension("lock"))?;
        lock.lock()?;
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// `None` when there is no such file. One that others may read, and a link, are refused: somebody else has been here.
    pub(super) fn read(&self) -> Result<Option<String>> {
        let mut file = match fs::symlink_metadata(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
            Ok(metadata) if !metadata.is_file() => return Err(self.refused("is not a plain file")),
            Ok(_) => File::open(&self.path)?,
        };
        if crate::secret::is_open_to_others(&file)? {
            return Err(self.refused("can be read by others on this machine"));
        }
        let mut text = String::new();
        (&mut file).take(LONGEST).read_to_string(&mut text)?;
        Ok(Some(text))
    }

    /// All or nothing, whenever the machine or the program stops.
    pub(super) fn write(&self, bytes: &[u8]) -> Result<()> {
        let new = self.path.with_extension("new");
        // What is left of a writer that was killed.
        if let Err(error) = fs::remove_file(&new)
            && error.kind() != ErrorKind::NotFound
        {
            return Err(error);
        }
        let mut file = owners(OpenOptions::new().write(true).create_new(true)).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        sync_folder(&self.path)
    }

    /// Whether there was one.
    pub(super) fn remove(&self) -> Result<bool> {
        match fs::remove_file(&self.path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn refused(&self, problem: &str) -> Error {
        let path = self.path.display();
        Error::other(format!(
            "{path} {problem}; remove it, and sign in again with `evergrant login`"
        ))
    }
}

#[cfg(unix)]
fn owners(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;

    options.mode(0o600)
}

#[cfg(not(unix))]
fn owners(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Makes a renaming last.
#[cfg(unix)]
fn sync_folder(path: &Path) -> Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> Result<()> {
    Ok(())
}

#[cfg(unix)]
fn private(builder: &mut DirBuilder) -> &mut DirBuilder {
    use std::os::unix::fs::DirBuilderExt as _;

    builder.mode(0o700)
}

#[cfg(not(unix))]
fn private(builder: &mut DirBuilder) -> &mut DirBuilder {
    builder
}
