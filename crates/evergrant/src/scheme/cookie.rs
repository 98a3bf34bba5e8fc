//! A cookie in the `Cookie` header (RFC 6265).

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use zeroize::Zeroizing;

use crate::encoding::sensitive;
use crate::error::Error;

pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

pub(super) fn is_value(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte))
}

/// Replaces the cookie `name`, and keeps the others in the same header (section 5.4).
pub(super) fn set(headers: &mut HeaderMap, name: &str, pair: &HeaderValue) -> Result<(), Error> {
    if !headers.contains_key(COOKIE) {
        headers.insert(COOKIE, pair.clone());
        return Ok(());
    }
    let present: usize = headers.get_all(COOKIE).iter().map(HeaderValue::len).sum();
    // Each separator may grow by a space. The buffer must not grow, because a copy would be left in memory.
    let mut cookies = Zeroizing::new(Vec::with_capacity(present * 2 + pair.len() + 4));
    for other in headers.get_all(COOKIE).iter().flat_map(cookie_pairs) {
        let other_name = other.split(|byte| *byte == b'=').next().unwrap_or_default();
        if !other.is_empty() && other_name.trim_ascii() != name.as_bytes() {
            cookies.extend_from_slice(other);
            cookies.extend_from_slice(b"; ");
        }
    }
    cookies.extend_from_slice(pair.as_bytes());
    let value = sensitive(cookies).ok_or_else(|| Error::scheme("the request's own cookies do not fit in a header"))?;
    headers.insert(COOKIE, value);
    Ok(())
}

fn cookie_pairs(header: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    header.as_bytes().split(|byte| *byte == b';').map(<[u8]>::trim_ascii)
}
