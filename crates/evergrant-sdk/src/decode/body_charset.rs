//! The content of a response: the body with the charset of its `Content-Type` (RFC 9110 section 8.3.2).

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8};
use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// A response body, with the charset of the response's `Content-Type`, if it has one. `Debug` does not show the bytes.
#[derive(Clone)]
pub struct Content {
    bytes: Bytes,
    charset: Option<&'static Encoding>,
}

impl Content {
    pub(crate) fn new(headers: &HeaderMap, body: &Bytes) -> Self {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        Self {
            bytes: body.clone(),
            charset: content_type.and_then(charset),
        }
    }

    /// Returns the bytes of the body, as received.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Returns the body converted to UTF-8. If the charset is missing or unknown, the body is returned unchanged and
    /// may not be valid UTF-8.
    #[must_use]
    pub fn in_utf8(&self) -> Cow<'_, [u8]> {
        match self.charset.filter(|encoding| *encoding != UTF_8) {
            Some(encoding) => match encoding.decode(&self.bytes).0 {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            },
            None => Cow::Borrowed(&self.bytes),
        }
    }
}

/// Content without a charset.
impl<B: Into<Bytes>> From<B> for Content {
    fn from(bytes: B) -> Self {
        Self {
            bytes: bytes.into(),
            charset: None,
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("bytes", &self.bytes.len())
            .field("charset", &self.charset.map(Encoding::name))
            .finish()
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
    use crate::decode;

    fn content(content_type: &'static str, body: &'static [u8]) -> Content {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, content_type.parse().unwrap())]);
        Content::new(&headers, &Bytes::from_static(body))
    }

    #[test]
    fn the_charset_of_the_content_type_is_decoded() {
        let decoded = |content_type, body| content(content_type, body).in_utf8().into_owned();
        let coffee = "caf\u{e9}".as_bytes();
        assert_eq!(decoded("text/plain; charset=iso-8859-1", b"caf\xe9"), coffee);
        assert_eq!(
            decoded("text/plain; format=flowed; CHARSET=\"ISO-8859-1\"", b"caf\xe9"),
            coffee
        );
        assert_eq!(decoded("text/plain; charset=utf-8", coffee), coffee);
        assert_eq!(decoded("application/octet-stream", b"\xff\xfe"), b"\xff\xfe");
        assert_eq!(decoded("text/plain; charset=nonsense", b"\xff"), b"\xff");
    }

    #[test]
    fn bytes_are_not_converted() {
        let content = content("image/png; charset=iso-8859-1", b"\x89PNG\xe9");
        assert_eq!(decode::bytes(&content).unwrap(), &b"\x89PNG\xe9"[..]);
        assert_eq!(decode::text(&content).unwrap(), "\u{2030}PNG\u{e9}");
        assert!(!format!("{content:?}").contains("PNG"));
    }
}
