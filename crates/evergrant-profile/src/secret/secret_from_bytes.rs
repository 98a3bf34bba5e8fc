//! Reads a secret from bytes: one line of text.

use std::io::{ErrorKind, Read};

use evergrant::Secret;

use super::unavailable;
use crate::error::Error;

/// Maximum size of a secret.
const MAX_BYTES: u64 = 64 * 1024;

/// Reads a secret from an open file or a pipe. The content must be one line of UTF-8, at most 64 KiB. The secret is
/// this line without its line ending and byte order mark. `source` identifies the file or pipe in error messages.
///
/// ```
/// let secret = evergrant_profile::read_secret("the secret on standard input", &b"not-a-real-secret\r\n"[..])?;
/// assert_eq!(secret.expose(), "not-a-real-secret");
/// # Ok::<(), evergrant_profile::Error>(())
/// ```
///
/// # Errors
/// Returns [`Error::SecretUnavailable`] if reading fails or the content is not one line of UTF-8, at most 64 KiB.
pub fn read_secret(source: &str, reader: impl Read) -> Result<Secret, Error> {
    one_line(read_text(reader, source)?, source)
}

pub(super) fn unreadable(source: &str, error: &std::io::Error) -> Error {
    let remedy = match error.kind() {
        ErrorKind::NotFound => "write the secret to it, or name the file that contains it",
        ErrorKind::PermissionDenied => "allow this user to read it",
        _ => "use a file that contains only the secret",
    };
    unavailable(format!("cannot read {source}: {error}; {remedy}"))
}

/// Reads the whole text. A secret that is too long is an error here, because a truncated one would be rejected by the
/// server.
fn read_text(reader: impl Read, source: &str) -> Result<String, Error> {
    let mut bytes = Vec::new();
    reader
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(source, &error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(unavailable(format!(
            "{source} is larger than 64 KiB; check that it contains a client's secret"
        )));
    }
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") || bytes.contains(&0) {
        return Err(unavailable(format!("{source} is in UTF-16; save it as UTF-8")));
    }
    String::from_utf8(bytes).map_err(|_| unavailable(format!("{source} is not valid UTF-8")))
}

/// Removes the byte order mark that some editors write, in place.
pub(crate) fn drop_byte_order_mark(text: &mut String) {
    if text.starts_with('\u{FEFF}') {
        text.remove(0);
    }
}

/// Removes the byte order mark and the line ending that editors and `echo` write. Works in place, because only this
/// buffer is zeroed when the secret is dropped.
pub(super) fn one_line(mut text: String, source: &str) -> Result<Secret, Error> {
    drop_byte_order_mark(&mut text);
    let length = text.trim_end_matches(['\n', '\r']).len();
    text.truncate(length);
    let secret = Secret::new(text);
    match secret.expose() {
        "" => Err(unavailable(format!("{source} is empty"))),
        text if text.contains('\n') => Err(unavailable(format!(
            "{source} has more than one line, but a client's secret has only one"
        ))),
        _ => Ok(secret),
    }
}
