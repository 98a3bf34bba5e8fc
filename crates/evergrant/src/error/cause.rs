//! The one cause of many that is worth a user's time.

use crate::redact::Redactor;

/// Longest message that is shown, in characters.
const LONGEST: usize = 300;

/// The message of an error's innermost cause, which is the one that says something: HTTP clients wrap "connection refused" in
/// several errors that do not. One line of at most 300 characters, without control characters: a server may have a say in it,
/// by the names in its certificate for one.
///
/// ```
/// let error = std::io::Error::other("connection refused");
/// assert_eq!(evergrant::error::innermost(&error), "connection refused");
/// ```
#[must_use]
pub fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    Redactor::new([]).line(&cause.to_string(), LONGEST)
}
