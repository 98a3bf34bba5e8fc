//! The innermost cause of an error, as one line without secrets.

use std::borrow::Cow;

use crate::redact::Redactor;

/// Maximum length of a message, in characters.
const MAX_LENGTH: usize = 300;

/// Returns the message of the innermost cause of an error. It is usually the most informative one: HTTP clients, for
/// example, wrap "connection refused" in several less specific errors.
///
/// The result is one line of at most 300 characters without control characters, because a server may influence the
/// message, for example by the names in its certificate. URLs are shown without query, fragment and user information.
///
/// Use this function in the messages of your own errors, such as those of a transport or a token store. For their
/// `Debug` output, use [`report`](super::report).
///
/// ```
/// let error = std::io::Error::other("connection refused");
/// assert_eq!(evergrant::error::innermost(&error), "connection refused");
/// let error = std::io::Error::other("no response from https://api.example.com/books?key=not-a-real-key");
/// assert_eq!(evergrant::error::innermost(&error), "no response from https://api.example.com/books");
/// ```
#[must_use]
pub fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    line(cause)
}

/// The message of the error itself, as one line.
pub(super) fn line(error: &(dyn std::error::Error + 'static)) -> String {
    Redactor::new([]).line(&without_queries(&error.to_string()), MAX_LENGTH)
}

/// Shortens each URL in the text as messages do. A URL ends where it would end in prose.
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
    fn urls_are_shown_without_user_information_and_query() {
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
        // The length of the result is linear in that of the text, whatever the text contains.
        assert!(without_queries(&"://@?".repeat(100_000)).len() < 500_000);
    }
}
