//! Header values that hold a secret: checked when configured, marked sensitive, wiped with their last clone.

use bytes::Bytes;
use http::HeaderValue;
use zeroize::Zeroizing;

use crate::error::BuildError;

/// A value that arrives at the server as it is: printable ASCII, and no space at either end, which recipients strip.
pub(super) fn checked(scheme: &str, what: &str, text: &str) -> Result<HeaderValue, BuildError> {
    let problem = if text.is_empty() {
        "is empty"
    } else if text.starts_with(' ') || text.ends_with(' ') {
        "begins or ends with a space"
    } else if !text.bytes().all(|byte| (0x20..=0x7E).contains(&byte)) {
        "has a line break or another character that no header can carry"
    } else {
        return sensitive(Zeroizing::new(text.as_bytes().to_vec()))
            .ok_or_else(|| invalid(scheme, what, "is no header"));
    };
    Err(invalid(scheme, what, problem))
}

/// `None` when no header can carry the text.
pub(super) fn sensitive(text: Zeroizing<Vec<u8>>) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(text)).ok()?;
    value.set_sensitive(true);
    Some(value)
}

pub(super) fn invalid(scheme: &str, what: &str, problem: &str) -> BuildError {
    BuildError::InvalidScheme {
        scheme: scheme.to_owned(),
        problem: format!("{what} {problem}"),
    }
}
