//! Header values with secrets: validated when set, marked sensitive, and zeroized when the last clone is dropped.

use http::HeaderValue;
use zeroize::Zeroizing;

use crate::encoding::sensitive;
use crate::error::BuildError;

/// Validates a value that reaches the server unchanged: printable ASCII without leading and trailing spaces, which
/// recipients strip.
pub(super) fn validate(scheme: &str, what: &str, text: &str) -> Result<HeaderValue, BuildError> {
    let problem = if text.is_empty() {
        "is empty"
    } else if text.starts_with(' ') || text.ends_with(' ') {
        "starts or ends with a space"
    } else if !text.bytes().all(|byte| (0x20..=0x7E).contains(&byte)) {
        "contains a line break or another character that is not allowed in headers"
    } else {
        return sensitive(Zeroizing::new(text.as_bytes().to_vec()))
            .ok_or_else(|| invalid(scheme, what, "is not a valid header value"));
    };
    Err(invalid(scheme, what, problem))
}

pub(super) fn invalid(scheme: &str, what: &str, problem: &str) -> BuildError {
    BuildError::InvalidScheme {
        scheme: scheme.to_owned(),
        problem: format!("{what} {problem}"),
    }
}
