//! Answers in another charset than UTF-8, as their `Content-Type` says (RFC 9110 section 8.3.2).

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8};
use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// The body in UTF-8. One that names no charset, or none that is known, is as it came.
pub(super) fn in_utf8(headers: &HeaderMap, body: &Bytes) -> Bytes {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    match content_type.and_then(charset).filter(|encoding| *encoding != UTF_8) {
        Some(encoding) => encoding.decode(body).0.into_owned().into(),
        None => body.clone(),
    }
}

fn charset(content_type: &str) -> Option<&'static Encoding> {
    let parameters = content_type.split(';').skip(1);
    let charset = parameters
        .filter_map(|parameter| parameter.split_once('='))
        .find_map(|(name, value)| {
            name.trim()
                .eq_ignore_ascii_case("charset")
                .then(|| value.trim().trim_matches('"'))
        });
    Encoding::for_label(charset?.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charset_that_is_named_is_read() {
        let read = |content_type: &'static str, body: &'static [u8]| {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, content_type.parse().unwrap())]);
            in_utf8(&headers, &Bytes::from_static(body))
        };
        assert_eq!(read("text/plain; charset=iso-8859-1", b"caf\xe9"), "caf\u{e9}");
        assert_eq!(
            read("text/plain; format=flowed; CHARSET=\"ISO-8859-1\"", b"caf\xe9"),
            "caf\u{e9}"
        );
        assert_eq!(read("text/plain; charset=utf-8", "caf\u{e9}".as_bytes()), "caf\u{e9}");
        assert_eq!(read("application/octet-stream", b"\xff\xfe"), &b"\xff\xfe"[..]);
        assert_eq!(read("text/plain; charset=nonsense", b"\xff"), &b"\xff"[..]);
    }
}
