//! Percent-encoding (RFC 3986 section 2.1) of URL parts and forms.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All characters except `A-Za-z0-9-._~`, so that a value cannot change the structure of a URL.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes all characters that are not unreserved (RFC 3986 section 2.3). A space becomes `%20`, which form decoders
/// accept.
pub(crate) fn percent_encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}
