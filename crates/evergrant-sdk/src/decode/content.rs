//! What a body is read from: its bytes, and the charset that its `Content-Type` says (RFC 9110 section 8.3.2).

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8};
use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// An answer's body as it came, and the charset of its text, if it said one. `Debug` shows none of it.
#[derive(Clone)]
pub struct Content {
    bytes: Bytes,
    charset: Option<&'static Encoding>,
}

impl Content {
    pub(crate) fn of(headers: &HeaderMap, body: &Bytes) -> Self {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        Self {
            bytes: body.clone(),
            charset: content_type.and_then(charset),
        }
    }

    /// The body as it came.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The body's text in UTF-8. One that names no charset, or none that is known, is as it came, and may be anything.
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

/// In no charset that is named.
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
        Content::of(&headers, &Bytes::from_static(body))
    }

    #[test]
    fn a_charset_that_is_named_is_read() {
        let read = |content_type, body| content(content_type, body).in_utf8().into_owned();
        let coffee = "caf\u{e9}".as_bytes();
        assert_eq!(read("text/plain; charset=iso-8859-1", b"caf\xe9"), coffee);
        assert_eq!(
            read("text/plain; format=flowed; CHARSET=\"ISO-8859-1\"", b"caf\xe9"),
            coffee
        );
        assert_eq!(read("text/plain; charset=utf-8", coffee), coffee);
        assert_eq!(read("application/octet-stream", b"\xff\xfe"), b"\xff\xfe");
        assert_eq!(read("text/plain; charset=nonsense", b"\xff"), b"\xff");
    }

    #[test]
    fn bytes_are_not_text() {
        let content = content("image/png; charset=iso-8859-1", b"\x89PNG\xe9");
        assert_eq!(decode::bytes(&content).unwrap(), &b"\x89PNG\xe9"[..]);
        assert_eq!(decode::text(&content).unwrap(), "\u{2030}PNG\u{e9}");
        assert!(!format!("{content:?}").contains("PNG"));
    }
}
