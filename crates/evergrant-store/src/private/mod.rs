//! Files and folders that are their owner's alone; what others have or could have put there is refused.

mod file;
#[cfg(feature = "file")]
mod folder;

use std::fs::OpenOptions;
use std::io::{Error, ErrorKind, Read as _, Result};
use std::path::Path;

use evergrant::Secret;
use evergrant::store::MAX_RECORD_SIZE;
use zeroize::Zeroizing;

pub(crate) use self::file::open;
#[cfg(feature = "file")]
pub(crate) use self::folder::{check_folder, is_at, make_folder, sync_folder};

/// No record, session or key ring is longer.
const LONGEST: u64 = MAX_RECORD_SIZE as u64;

/// What is in a file; `None` when there is none. Bytes that are no UTF-8 become U+FFFD, so that a damaged file can be read, and
/// replaced, like any other.
pub(crate) fn read(path: &Path) -> Result<Option<Secret>> {
    let file = match open(OpenOptions::new().read(true).clone(), path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        outcome => outcome?,
    };
    let size = file.metadata()?.len();
    if size > LONGEST {
        return Err(refused(path, "is larger than any file of ours; remove it"));
    }
    // With room to spare: a buffer that grows leaves copies of itself behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1));
    file.take(LONGEST).read_to_end(&mut bytes)?;
    let text = match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(&Zeroizing::new(error.into_bytes())).into_owned(),
    };
    Ok(Some(Secret::new(text)))
}

fn refused(path: &Path, problem: &str) -> Error {
    Error::new(ErrorKind::PermissionDenied, format!("{} {problem}", path.display()))
}
