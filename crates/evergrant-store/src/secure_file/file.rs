//! Opens files that only their owner can access.

#[cfg(unix)]
pub(crate) use self::unix::open;

#[cfg(all(unix, feature = "file"))]
pub(super) use self::unix::{is_open_to_others, is_ours};

#[cfg(not(unix))]
pub(crate) use self::other::open;

#[cfg(unix)]
mod unix {
    use std::fs::{File, Metadata, OpenOptions};
    use std::io::Result;
    use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
    use std::path::Path;

    use rustix::fs::OFlags;
    use rustix::io::Errno;

    use crate::secure_file::rejected;

    /// Opens a file. Does not follow symbolic links and does not block on pipes. Checks the opened file, not the path,
    /// so that the file cannot be exchanged in between.
    pub(crate) fn open(mut options: OpenOptions, path: &Path) -> Result<File> {
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let file = match options.mode(0o600).custom_flags(flags).open(path) {
            Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
                return Err(rejected(path, "is not a regular file"));
            }
            outcome => outcome?,
        };
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(rejected(path, "is not a regular file"));
        }
        if !is_ours(&metadata) {
            return Err(rejected(path, "belongs to another user"));
        }
        if is_open_to_others(&metadata) {
            return Err(rejected(path, "can be read by others on this machine"));
        }
        Ok(file)
    }

    pub(in crate::secure_file) fn is_ours(metadata: &Metadata) -> bool {
        metadata.uid() == rustix::process::geteuid().as_raw()
    }

    pub(in crate::secure_file) fn is_open_to_others(metadata: &Metadata) -> bool {
        metadata.mode() & 0o077 != 0
    }
}

/// Other systems have no mode: the folders of a user are private.
#[cfg(not(unix))]
mod other {
    use std::fs::{self, File, OpenOptions};
    use std::io::Result;
    use std::path::Path;

    use crate::secure_file::rejected;

    pub(crate) fn open(options: OpenOptions, path: &Path) -> Result<File> {
        if fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(rejected(path, "is not a regular file"));
        }
        options.open(path)
    }
}
