//! Folders of private files, and what becomes of the files in them.

#[cfg(unix)]
pub(crate) use self::unix::{check_folder, is_at, make_folder, sync_folder};

#[cfg(not(unix))]
pub(crate) use self::other::{check_folder, is_at, make_folder, sync_folder};

#[cfg(unix)]
mod unix {
    use std::fs::{self, DirBuilder, File};
    use std::io::{ErrorKind, Result};
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
    use std::path::Path;

    use crate::private::file::{is_open_to_others, is_ours};
    use crate::private::refused;

    pub(crate) fn make_folder(folder: &Path) -> Result<()> {
        if !check_folder(folder)? {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            check_folder(folder)?;
        }
        Ok(())
    }

    /// Whether there is such a folder. Others could put files of theirs in one that is not ours alone.
    pub(crate) fn check_folder(folder: &Path) -> Result<bool> {
        let metadata = match fs::symlink_metadata(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            outcome => outcome?,
        };
        if metadata.is_symlink() {
            return Err(refused(folder, "is a link; name the folder that it leads to"));
        }
        if !metadata.is_dir() {
            return Err(refused(folder, "is not a folder"));
        }
        if !is_ours(&metadata) {
            return Err(refused(folder, "belongs to another user; use a folder of your own"));
        }
        if is_open_to_others(&metadata) {
            let problem = "is open to others on this machine; chmod 700 it, and see that nothing in it is theirs";
            return Err(refused(folder, problem));
        }
        Ok(true)
    }

    /// Whether this is still the file at that path.
    pub(crate) fn is_at(file: &File, path: &Path) -> Result<bool> {
        let opened = file.metadata()?;
        match fs::symlink_metadata(path) {
            Ok(there) => Ok((there.dev(), there.ino()) == (opened.dev(), opened.ino())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Makes a renaming last.
    pub(crate) fn sync_folder(path: &Path) -> Result<()> {
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }
}

#[cfg(not(unix))]
mod other {
    use std::fs::{self, File};
    use std::io::Result;
    use std::path::Path;

    pub(crate) fn make_folder(folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)
    }

    pub(crate) fn check_folder(folder: &Path) -> Result<bool> {
        fs::exists(folder)
    }

    /// Lock files are never removed there: see `LockedFile::remove_with_lock`.
    pub(crate) fn is_at(_: &File, _: &Path) -> Result<bool> {
        Ok(true)
    }

    pub(crate) fn sync_folder(_: &Path) -> Result<()> {
        Ok(())
    }
}
