//! Percent-encoding (RFC 3986 section 2.1), the same everywhere in a URL and in forms.

/// Leaves `A-Za-z0-9-._~` bare, so that no value can be taken for part of a URL's structure. A space is `%20`, which forms decode
/// too.
pub(crate) fn percent_encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(HEX[usize::from(byte >> 4)]));
            encoded.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    encoded
}
