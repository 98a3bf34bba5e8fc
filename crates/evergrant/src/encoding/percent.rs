//! Percent-encoding (RFC 3986 section 2.1).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but the unreserved characters of RFC 3986 section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Those and `@`, which a path may contain (RFC 3986 section 3.3).
const RESERVED_IN_NAME: &AsciiSet = &RESERVED.remove(b'@');

/// Encodes everything except `A-Za-z0-9-._~`, with a space as `%20`. Most servers decode this variant.
pub(crate) fn percent_encode(text: &str) -> String {
    // Capacity for the longest result: growing would leave a copy that is not zeroized.
    let mut encoded = String::with_capacity(text.len() * 3);
    encoded.extend(utf8_percent_encode(text, RESERVED));
    encoded
}

/// Encodes a name in a path, such as an email address: everything except `A-Za-z0-9-._~@`.
pub(crate) fn percent_encode_name(name: &str) -> String {
    utf8_percent_encode(name, RESERVED_IN_NAME).to_string()
}
