//! Paths below a base URL, which they do not leave however a server reads them.

use std::borrow::Cow;

use url::Url;

use crate::error::OriginError;

/// The URL of a path below `base`, with or without a slash before it. A query and a fragment may follow it.
///
/// Steps that are plainly written (`a/../b`) are taken here, and must not lead above the base. What a server may take for a step
/// after decoding is an error wherever it leads: a segment that is a [dot segment](is_dot_segment) once it is decoded, or
/// without its matrix parameters. So is a backslash, which many read as a slash. All else passes as it is, `%2F` inside a segment
/// too.
///
/// A base whose path does not end with a slash is read as if it did; its query and fragment do not count. The time taken grows
/// with the length of the path, and no faster.
///
/// ```
/// use evergrant::origin::resolve;
///
/// let base = "https://api.example.com/v1/".parse()?;
/// assert_eq!(resolve(&base, "books/a%2Fb?q=..")?.path(), "/v1/books/a%2Fb");
/// assert_eq!(resolve(&base, "/books/./x/../y")?.path(), "/v1/books/y");
/// for path in ["../admin", "books/%252e%252e/x", "..%2Fadmin", "..;/admin", r"books\..\..\admin"] {
///     assert!(resolve(&base, path).is_err());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`OriginError::InvalidUrl`], which repeats nothing of the path.
pub fn resolve(base: &Url, path: &str) -> Result<Url, OriginError> {
    let invalid = |problem: &str| OriginError::invalid_url(problem);
    let base = folder(base);
    // What a URL parser drops goes before anything is looked at, so that it cannot hide a step.
    let path = path.replace(['\t', '\n', '\r'], "");
    let path = path
        .trim_end_matches(|character| character <= ' ')
        .trim_start_matches('/');
    let segments = path.split(['?', '#']).next().unwrap_or_default();
    if segments.contains('\\') {
        return Err(invalid(
            "the path leads out of the base URL where its backslash is read as a slash; write `/` between segments, and `%5C` for the character itself",
        ));
    }
    let is_plain = |segment: &str| matches!(segment, "." | "..");
    if segments
        .split('/')
        .any(|segment| !is_plain(segment) && is_dot_segment(segment))
    {
        return Err(invalid(
            "the path leads out of the base URL where a server decodes it, or drops matrix parameters, and then reads a segment as `.` or `..`; encode values before they become part of a path, and do not use these two as values",
        ));
    }
    // The leading `./` keeps a colon in the first segment from being read as a scheme.
    let url = base.join(&format!("./{path}"));
    let url = url.map_err(|error| invalid(&error.to_string()))?;
    if !url.as_str().starts_with(base.as_str()) {
        return Err(invalid(
            "the path leads out of the base URL; give a full URL to call what is not below it",
        ));
    }
    Ok(url)
}

/// Whether a server may take a segment of a path for `.` or `..`, or for several segments with one of these among them: as it is,
/// percent-decoded, or decoded twice; with `\` for `/`; and without matrix parameters (`..;x=1`).
///
/// Values that become part of a path should be refused if the whole segment around them is one: encoding does not keep a server
/// that decodes before it looks for dots from finding them.
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
    let once = decoded(segment.as_bytes());
    let twice = decoded(&once);
    [segment.as_bytes(), &once, &twice].into_iter().any(has_dots)
}

fn has_dots(text: &[u8]) -> bool {
    text.split(|byte| matches!(byte, b'/' | b'\\')).any(|piece| {
        let name = piece.split(|byte| *byte == b';').next();
        matches!(name, Some(b"." | b".."))
    })
}

/// Percent-decoded (RFC 3986 section 2.1); what is no escape stays.
fn decoded(text: &[u8]) -> Cow<'_, [u8]> {
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

/// The URL that paths are joined to.
fn folder(base: &Url) -> Cow<'_, Url> {
    if base.path().ends_with('/') && base.query().is_none() && base.fragment().is_none() {
        return Cow::Borrowed(base);
    }
    let mut folder = base.clone();
    folder.set_query(None);
    folder.set_fragment(None);
    if !folder.path().ends_with('/') {
        folder.set_path(&format!("{}/", base.path()));
    }
    Cow::Owned(folder)
}
