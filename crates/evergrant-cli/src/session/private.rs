//! Opens files and folders that are their owner's alone, and refuses what others have or could have put there.

#[cfg(unix)]
pub(super) use self::unix::{make_folder, open, sync_folder};

#[cfg(not(unix))]
pub(super) use self::other::{make_folder, open, sync_folder};

#[cfg(unix)]
mod unix {
    use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
    use std::io::{Error, Result};
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
    use std::path::Path;

    use rustix::fs::OFlags;
    use rustix::io::Errno;

    /// Others could put files of theirs in a folder that is not ours alone.
    pub(in crate::session) fn make_folder(folder: &Path) -> Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let metadata = fs::metadata(folder)?;
        let path = folder.display();
        if !is_ours(&metadata) {
            return Err(Error::other(format!(
                "{path} belongs to another user; set XDG_STATE_HOME to a folder of yours"
            )));
        }
        if is_open_to_others(&metadata) {
            return Err(Error::other(format!(
                "{path} is open to others on this machine; chmod 700 it, and see that nothing in it is theirs"
            )));
        }
        Ok(())
    }

    /// Follows no link, and waits for nobody at the other end of a pipe. What is opened is looked at, not what stood at the
    /// path before.
    pub(in crate::session) fn open(mut options: OpenOptions, path: &Path) -> Result<File> {
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let refused = |problem: &str| Error::other(format!("{} {problem}", path.display()));
        let file = match options.mode(0o600).custom_flags(flags).open(path) {
            Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
                return Err(refused("is not a plain file"));
            }
            outcome => outcome?,
        };
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(refused("is not a plain file"));
        }
        if !is_ours(&metadata) {
            return Err(refused("belongs to another user"));
        }
        if is_open_to_others(&metadata) {
            return Err(refused("can be read by others on this machine"));
        }
        Ok(file)
    }

    /// Makes a renaming last.
    pub(in crate::session) fn sync_folder(path: &Path) -> Result<()> {
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }

    fn is_ours(metadata: &Metadata) -> bool {
        metadata.uid() == rustix::process::geteuid().as_raw()
    }

    fn is_open_to_others(metadata: &Metadata) -> bool {
        metadata.mode() & 0o077 != 0
    }
}

/// Other systems have no mode to look at; a user's folders are that user's.
#[cfg(not(unix))]
mod other {
    use std::fs::{self, File, OpenOptions};
    use std::io::{Error, Result};
    use std::path::Path;

    pub(in crate::session) fn make_folder(folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)
    }

    pub(in crate::session) fn open(options: OpenOptions, path: &Path) -> Result<File> {
        if fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(Error::other(format!("{} is not a plain file", path.display())));
        }
        options.open(path)
    }

    pub(in crate::session) fn sync_folder(_: &Path) -> Result<()> {
        Ok(())
    }
}
