//! The one cause of many that is worth a user's time.

/// The message of an error's innermost cause, which is the one that says something: HTTP clients wrap "connection refused" in
/// several errors that do not.
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
    cause.to_string()
}
