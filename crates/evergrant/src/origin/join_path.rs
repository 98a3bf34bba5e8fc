//! Joins paths to a base URL, so that no server resolves the result to a path outside the base.

use std::borrow::Cow;

use url::Url;

use crate::error::OriginError;

/// Joins `path` to the base URL of an API, and returns the URL below `base`. The path may start with a slash, and may
/// have a query and a fragment.
///
/// Plain dot segments (`a/../b`) are resolved. They must not lead above the base. A segment that a server may decode to
/// a [dot segment](is_dot_segment) is always an error: one that is a dot segment after percent-decoding, or without its
/// matrix parameters. A backslash is an error too, because many servers read it as a slash. All other characters are
/// unchanged, including `%2F` inside a segment.
///
/// If the base's path does not end in a slash, one is added before the two are joined. The base's query and fragment
/// are ignored. With an empty `path`, the result is the base itself. A `path` that starts with `?` or `#` sets only the
/// query or the fragment (RFC 3986 section 5.2.2). The running time is linear in the length of `path`.
///
/// ```
/// use evergrant::origin::resolve;
///
/// let base = "https://api.example.com/v1/".parse()?;
/// assert_eq!(resolve(&base, "books/a%2Fb?q=..")?.path(), "/v1/books/a%2Fb");
/// assert_eq!(resolve(&base, "/books/./x/../y")?.path(), "/v1/books/y");
/// let graphql = "https://api.example.com/graphql".parse()?;
/// assert_eq!(resolve(&graphql, "?page=2")?.as_str(), "https://api.example.com/graphql?page=2");
/// for path in ["../admin", "books/%252e%252e/x", "..%2Fadmin", "..;/admin", r"books\..\..\admin"] {
///     assert!(resolve(&base, path).is_err());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`OriginError::InvalidUrl`] if the path is not allowed. The message contains no part of the path.
pub fn resolve(base: &Url, path: &str) -> Result<Url, OriginError> {
    if path.is_empty() || path.starts_with(['?', '#']) {
        let url = base.join(path);
        return url.map_err(|error| OriginError::invalid_url(error.to_string()));
    }
    match append_plain(base, path) {
        Some(url) => Ok(url),
        None => join(base, path),
    }
}

/// Appends a path that has only plain characters and no dot segments, so that its URL is the text of the base followed
/// by that of the path. `None` if the path or the base has anything else.
///
/// Most paths of API calls are plain, and for them this takes less than half the time of [`join`].
fn append_plain(base: &Url, path: &str) -> Option<Url> {
    let path = path.trim_start_matches('/');
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path, None),
    };
    let is_plain_path = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'~' | b'.');
    let is_plain_query = |byte: u8| is_plain_path(byte) || matches!(byte, b'=' | b'&' | b'%' | b',' | b'+' | b':');
    if !path.bytes().all(is_plain_path) || !query.unwrap_or_default().bytes().all(is_plain_query) {
        return None;
    }
    if !matches!(base.scheme(), "http" | "https") || base.query().is_some() || base.fragment().is_some() {
        return None;
    }
    let segments = || path.split('/');
    if segments().any(|segment| matches!(segment, "." | "..")) {
        return None;
    }
    let mut url = base.clone();
    url.path_segments_mut().ok()?.pop_if_empty().extend(segments());
    if query.is_some() {
        url.set_query(query);
    }
    Some(url)
}

/// Joins any path, or returns why it must not be joined.
fn join(base: &Url, path: &str) -> Result<Url, OriginError> {
    let invalid = |problem: &str| OriginError::invalid_url(problem);
    let base = directory(base);
    // Characters that URL parsers drop are removed first, so that they cannot hide a dot segment.
    let is_dropped = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r');
    let path = match path.bytes().any(is_dropped) {
        true => Cow::Owned(path.replace(['\t', '\n', '\r'], "")),
        false => Cow::Borrowed(path),
    };
    let path = path
        .trim_end_matches(|character| character <= ' ')
        .trim_start_matches('/');
    let segments = path.split(['?', '#']).next().unwrap_or_default();
    if segments.contains('\\') {
        return Err(invalid(
            "the path may lead out of the base URL, because some servers read its backslash as a slash; use `/` between segments, and `%5C` for a literal backslash",
        ));
    }
    let is_plain = |segment: &str| matches!(segment, "." | "..");
    if segments
        .split('/')
        .any(|segment| !is_plain(segment) && is_dot_segment(segment))
    {
        return Err(invalid(
            "the path may lead out of the base URL, because a server that decodes it or drops matrix parameters reads a segment as `.` or `..`; percent-encode values in paths, and do not use `.` or `..` as values",
        ));
    }
    // The leading `./` keeps a colon in the first segment from being read as a scheme.
    let url = base.join(&["./", path].concat());
    let url = url.map_err(|error| invalid(&error.to_string()))?;
    if !url.as_str().starts_with(base.as_str()) {
        return Err(invalid(
            "the path leads out of the base URL; use a full URL for other locations",
        ));
    }
    Ok(url)
}

/// Returns whether a server may interpret a segment of a URL's path as `.` or `..`, or as several segments that include
/// one of them. The function considers the segment unchanged, percent-decoded once or twice, with `\` as `/`, and
/// without matrix parameters (`..;x=1`).
///
/// Use it to reject the value of a path parameter if the value makes a whole segment a dot segment. Percent-encoding
/// such a value does not help: some servers decode a path before they resolve dot segments.
///
/// ```
/// use evergrant::origin::is_dot_segment;
///
/// for segment in ["..", "%2e", ".%252E", "..;v=1", "..%2F..%2Fadmin", "a%5C.."] {
///     assert!(is_dot_segment(segment), "{segment}");
/// }
/// for segment in ["...", "a%2Fb", ".well-known", "1..2", "a;v=..", "%25252e"] {
///     assert!(!is_dot_segment(segment), "{segment}");
/// }
/// ```
#[must_use]
pub fn is_dot_segment(segment: &str) -> bool {
    let once = percent_decode(segment.as_bytes());
    let twice = percent_decode(&once);
    [segment.as_bytes(), &once, &twice].into_iter().any(has_dot_segment)
}

fn has_dot_segment(text: &[u8]) -> bool {
    text.split(|byte| matches!(byte, b'/' | b'\\')).any(|piece| {
        let name = piece.split(|byte| *byte == b';').next();
        matches!(name, Some(b"." | b".."))
    })
}

/// Percent-decodes a text (RFC 3986 section 2.1); invalid escapes are kept.
fn percent_decode(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'%') {
        return Cow::Borrowed(text);
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        let byte = match after {
            [high, low, ..] if first == b'%' => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        decoded.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    Cow::Owned(decoded)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// Returns the base URL with a trailing slash and without query and fragment.
fn directory(base: &Url) -> Cow<'_, Url> {
    if base.path().ends_with('/') && base.query().is_none() && base.fragment().is_none() {
        return Cow::Borrowed(base);
    }
    let mut directory = base.clone();
    directory.set_query(None);
    directory.set_fragment(None);
    if !directory.path().ends_with('/') {
        directory.set_path(&format!("{}/", base.path()));
    }
    Cow::Owned(directory)
}

#[cfg(test)]
#[cfg(not(evergrant_loom))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_path_is_appended() {
        for path in [
            "books",
            "/books/42",
            "books/?sort=title&after=a%20b",
            "v1.2/~x_y-z",
            "a//b/",
            "",
        ] {
            for base in [
                "https://api.example.com/v1/",
                "http://127.0.0.1:8080",
                "http://[::1]/x//",
            ] {
                let base = base.parse().unwrap();
                assert_eq!(
                    append_plain(&base, path),
                    Some(join(&base, path).unwrap()),
                    "{path:?} below {base}"
                );
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

        /// The fast path must never accept what the full check rejects, nor have another result.
        #[test]
        fn appending_equals_joining(
            base in prop::sample::select(vec![
                "https://api.example.com/v1/tenant-a/", "https://api.example.com", "http://127.0.0.1:1/a//",
                "http://[::1]/b", "https://api.example.com/v1/?x#y", "file:///a/", "mailto:a@b",
            ]),
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    ".", "..", "/", "\\", ";", "a", "B1", "%", "2e", "%2e", "%2F", "\t", "\n", " ", "?", "#", ":", "@", "é",
                    "~", "-_", "=", "&", "+", ",", "%20", "\"", "'", "<", "{", "|", "^", "C:", "c|",
                ]),
                0..10,
            ),
        ) {
            let (base, path): (Url, _) = (base.parse().unwrap(), pieces.concat());
            if let Some(url) = append_plain(&base, &path) {
                prop_assert_eq!(Some(url), join(&base, &path).ok(), "{:?} below {}", path, base);
            }
        }
    }
}
