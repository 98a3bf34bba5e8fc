//! Creates and checks folders for secret files.

#[cfg(unix)]
pub(crate) use self::unix::{check_folder, create_folder, is_at, sync_folder};

#[cfg(not(unix))]
pub(crate) use self::other::{check_folder, create_folder, is_at, sync_folder};

#[cfg(unix)]
mod unix {
    use std::fs::{self, DirBuilder, File};
    use std::io::{ErrorKind, Result};
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
    use std::path::Path;

    use crate::secure_file::file::{is_open_to_others, is_ours};
    use crate::secure_file::rejected;

    /// Creates the folder if it is missing.
    pub(crate) fn create_folder(folder: &Path) -> Result<()> {
        if !check_folder(folder)? {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            check_folder(folder)?;
        }
        Ok(())
    }

    /// Returns whether the folder exists. A folder that other users can access is an error: they could put files into
    /// it.
    pub(crate) fn check_folder(folder: &Path) -> Result<bool> {
        let metadata = match fs::symlink_metadata(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            outcome => outcome?,
        };
        if metadata.is_symlink() {
            return Err(rejected(folder, "is a symbolic link; use the path of its target"));
        }
        if !metadata.is_dir() {
            return Err(rejected(folder, "is not a folder"));
        }
        if !is_ours(&metadata) {
            return Err(rejected(folder, "belongs to another user; use a different folder"));
        }
        if is_open_to_others(&metadata) {
            let problem = "is accessible to other users of this machine; run chmod 700 on it, and check that it has \
                           no files of theirs";
            return Err(rejected(folder, problem));
        }
        Ok(true)
    }

    /// Returns whether the opened file is still the file at this path.
    pub(crate) fn is_at(file: &File, path: &Path) -> Result<bool> {
        let opened = file.metadata()?;
        match fs::symlink_metadata(path) {
            Ok(current) => Ok((current.dev(), current.ino()) == (opened.dev(), opened.ino())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Makes a rename durable.
    pub(crate) fn sync_folder(path: &Path) -> Result<()> {
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }
}

#[cfg(not(unix))]
mod other {
    use std::fs::{self, File};
    use std::io::Result;
    use std::path::Path;

    pub(crate) fn create_folder(folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)
    }

    pub(crate) fn check_folder(folder: &Path) -> Result<bool> {
        fs::exists(folder)
    }

    /// Lock files are not removed on these systems: see `LockedFile::remove_with_lock`.
    pub(crate) fn is_at(_: &File, _: &Path) -> Result<bool> {
        Ok(true)
    }

    pub(crate) fn sync_folder(_: &Path) -> Result<()> {
        Ok(())
    }
}
