//! Files for secrets: only the owner can read them, they are replaced atomically, and they can be locked.
//!
//! The records of the file store, key rings and the sessions of `evergrant login` are such files. On Unix their mode is
//! 0600, in a folder with mode 0700. A symbolic link, a file of another user and a file that others can read are
//! rejected.
//!
//! [`evergrant::TokenFile`] is simpler: it stores one token, without a lock, in any folder. It also reads files that
//! other programs wrote, and needs only `std`.

mod file;
#[cfg(feature = "file")]
mod folder;
#[cfg(feature = "file")]
mod locked_file;

use std::fs::OpenOptions;
use std::io::{Error, ErrorKind, Read as _, Result};
use std::path::Path;

use evergrant::Secret;
use evergrant::store::MAX_RECORD_SIZE;
use zeroize::Zeroizing;

pub(crate) use self::file::open;
#[cfg(feature = "file")]
pub(crate) use self::folder::{check_folder, create_folder};
#[cfg(feature = "file")]
pub use self::locked_file::{LockedFile, PendingFile};

/// Maximum size of a record, session or key ring.
const MAX_SIZE: u64 = MAX_RECORD_SIZE as u64;

/// Reads the secret file at `path`. Returns `None` if the file does not exist. Reading needs no lock, because secret
/// files are replaced atomically. Bytes that are not UTF-8 are replaced by U+FFFD, so that a damaged file can be read
/// and replaced.
///
/// # Errors
/// Returns [`PermissionDenied`](ErrorKind::PermissionDenied) if others can read the file, or if it is a symbolic link,
/// a file of another user, or too large. Otherwise returns the error of the operating system.
pub fn read(path: &Path) -> Result<Option<Secret>> {
    let file = match open(OpenOptions::new().read(true).clone(), path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        outcome => outcome?,
    };
    let size = file.metadata()?.len();
    if size > MAX_SIZE {
        return Err(rejected(path, "is larger than 1 MiB; remove it"));
    }
    // Large enough: a buffer that grows would leave copies of the secret in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1));
    file.take(MAX_SIZE).read_to_end(&mut bytes)?;
    let text = match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(&Zeroizing::new(error.into_bytes())).into_owned(),
    };
    Ok(Some(Secret::new(text)))
}

fn rejected(path: &Path, problem: &str) -> Error {
    Error::new(ErrorKind::PermissionDenied, format!("{} {problem}", path.display()))
}
