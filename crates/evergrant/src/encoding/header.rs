//! Header values that contain a secret: marked as sensitive, and zeroized when the last clone is dropped.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderValue;
use zeroize::Zeroizing;

/// Returns a sensitive header value; `None` if the text is not valid in a header.
pub(crate) fn sensitive(text: Zeroizing<Vec<u8>>) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(text)).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Returns the `Authorization` header value for Basic authentication (RFC 7617); `None` if it is not valid in a header.
pub(crate) fn basic_header(user: &str, password: &str) -> Option<HeaderValue> {
    const PREFIX: &str = "Basic ";
    // All buffers have their final capacity: growing would leave a copy that is not zeroized.
    let mut pair = Zeroizing::new(String::with_capacity(user.len() + 1 + password.len()));
    pair.push_str(user);
    pair.push(':');
    pair.push_str(password);
    let mut text = String::with_capacity(PREFIX.len() + pair.len().div_ceil(3) * 4);
    text.push_str(PREFIX);
    STANDARD.encode_string(pair.as_bytes(), &mut text);
    sensitive(Zeroizing::new(text.into_bytes()))
}
