//! The one cause of many that is worth a user's time.

use std::borrow::Cow;

use crate::redact::Redactor;

/// Longest message that is shown, in characters.
const LONGEST: usize = 300;

/// The message of an error's innermost cause, which is the one that says something: HTTP clients wrap "connection refused" in
/// several errors that do not. One line of at most 300 characters, without control characters: a server may have a say in it,
/// by the names in its certificate for one. URLs in it are shown without query, fragment and user information.
///
/// ```
/// let error = std::io::Error::other("connection refused");
/// assert_eq!(evergrant::error::innermost(&error), "connection refused");
/// let error = std::io::Error::other("no answer of https://api.example.com/books?key=not-a-real-key");
/// assert_eq!(evergrant::error::innermost(&error), "no answer of https://api.example.com/books");
/// ```
#[must_use]
pub fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    line(cause)
}

/// An error's own message, as one line.
pub(super) fn line(error: &(dyn std::error::Error + 'static)) -> String {
    Redactor::new([]).line(&without_queries(&error.to_string()), LONGEST)
}

/// The text with its URLs as messages show them. What ends a URL in prose ends it here.
fn without_queries(text: &str) -> Cow<'_, str> {
    const SEPARATOR: &str = "://";
    if !text.contains(SEPARATOR) {
        return Cow::Borrowed(text);
    }
    let ends = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '`' | '<' | '>' | ')' | '}');
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(SEPARATOR) {
        let (before, url) = rest.split_at(start + SEPARATOR.len());
        shown.push_str(before);
        let (url, after) = url.split_at(url.find(ends).unwrap_or(url.len()));
        let (authority, path) = url.split_at(url.find(['/', '?', '#']).unwrap_or(url.len()));
        shown.push_str(authority.rsplit_once('@').map_or(authority, |(_, host)| host));
        shown.push_str(path.split(['?', '#']).next().unwrap_or_default());
        rest = after;
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::without_queries;

    #[test]
    fn urls_lose_what_may_be_a_secret() {
        for (text, shown) in [
            ("refused", "refused"),
            (
                "error for url (https://u:hush@a.example.com/x?key=hush#hush), again",
                "error for url (https://a.example.com/x), again",
            ),
            ("http://a?hush and http://hush@b/c?hush", "http://a and http://b/c"),
            (
                "\"https://a.example.com?hush\" (http://[::1]:80/x?hush)",
                "\"https://a.example.com\" (http://[::1]:80/x)",
            ),
            ("://", "://"),
            ("redis://:hush@cache:6379/0", "redis://cache:6379/0"),
        ] {
            assert_eq!(without_queries(text), shown);
        }
        // As long as the text, whatever is in it.
        assert!(without_queries(&"://@?".repeat(100_000)).len() < 500_000);
    }
}
