//! Opening a file for oneself.

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

    use crate::private::refused;

    /// Follows no link, and waits for nobody at the other end of a pipe. What is opened is looked at, not what stood at the
    /// path before.
    pub(crate) fn open(mut options: OpenOptions, path: &Path) -> Result<File> {
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let file = match options.mode(0o600).custom_flags(flags).open(path) {
            Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
                return Err(refused(path, "is not a plain file"));
            }
            outcome => outcome?,
        };
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(refused(path, "is not a plain file"));
        }
        if !is_ours(&metadata) {
            return Err(refused(path, "belongs to another user"));
        }
        if is_open_to_others(&metadata) {
            return Err(refused(path, "can be read by others on this machine"));
        }
        Ok(file)
    }

    pub(in crate::private) fn is_ours(metadata: &Metadata) -> bool {
        metadata.uid() == rustix::process::geteuid().as_raw()
    }

    pub(in crate::private) fn is_open_to_others(metadata: &Metadata) -> bool {
        metadata.mode() & 0o077 != 0
    }
}

/// Other systems have no mode to look at; a user's folders are that user's.
#[cfg(not(unix))]
mod other {
    use std::fs::{self, File, OpenOptions};
    use std::io::Result;
    use std::path::Path;

    use crate::private::refused;

    pub(crate) fn open(options: OpenOptions, path: &Path) -> Result<File> {
        if fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(refused(path, "is not a plain file"));
        }
        options.open(path)
    }
}
