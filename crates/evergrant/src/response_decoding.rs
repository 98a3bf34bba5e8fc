//! Decodes response bodies: compression that the client did not request, and the character encoding.

use std::borrow::Cow;
use std::fmt;
use std::io::{ErrorKind, Read};

use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};
use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use serde_json::Value;

use crate::redact::Redactor;
use crate::transport::MAX_RESPONSE_BYTES;

/// Maximum number of content encodings of a body.
const MAX_ENCODINGS: usize = 3;

/// Maximum length of an encoding's name in an error, in characters.
const MAX_NAME_LEN: usize = 40;

/// Why a body cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// The decoded body exceeds the limit.
    TooLarge,
    /// The body is truncated.
    Truncated,
    /// The encoding is not supported or damaged. The text continues "a body …".
    Encoded(String),
}

/// Decodes the body to text, without content encodings (RFC 9110 section 8.4) and byte order mark. Invalid UTF-8
/// becomes U+FFFD, because it need not be part of the token.
pub(crate) fn text<'a>(headers: &HeaderMap, body: &'a [u8], redactor: &Redactor) -> Result<Cow<'a, str>, BodyError> {
    let body = decode(headers, body, redactor)?;
    if matches!(&*body, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [_, 0, ..] | [0, _, ..]) {
        let problem = "in UTF-16 or UTF-32; JSON must be sent in UTF-8 (RFC 8259 section 8.1)";
        return Err(BodyError::Encoded(problem.to_owned()));
    }
    Ok(match body {
        Cow::Borrowed(body) => String::from_utf8_lossy(without_bom(body)),
        Cow::Owned(body) => String::from_utf8_lossy(without_bom(&body)).into_owned().into(),
    })
}

/// Decodes gzip and deflate. The transport may have decoded the body already and kept the header.
fn decode<'a>(headers: &HeaderMap, body: &'a [u8], redactor: &Redactor) -> Result<Cow<'a, [u8]>, BodyError> {
    let names = headers.get_all(CONTENT_ENCODING).iter();
    let names = names.map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase());
    let names = names.collect::<Vec<_>>().join(",");
    let names = names.split(',').map(str::trim);
    let mut names: Vec<&str> = names.filter(|name| !matches!(*name, "" | "identity")).collect();
    if names.is_empty() && is_gzip(body) {
        names.push("gzip");
    }
    if names.is_empty() || body.is_empty() || serde_json::from_slice::<Value>(without_bom(body)).is_ok() {
        return Ok(body.into());
    }
    decode_all(&names, body, redactor)
}

/// Not inlined: a decoder's tables take 40 KiB of stack, and most responses have no encoding.
#[cold]
#[inline(never)]
fn decode_all<'a>(names: &[&str], body: &'a [u8], redactor: &Redactor) -> Result<Cow<'a, [u8]>, BodyError> {
    if names.len() > MAX_ENCODINGS {
        return Err(BodyError::Encoded(format!(
            "in more than {MAX_ENCODINGS} content encodings"
        )));
    }
    let mut body = Cow::Borrowed(body);
    for name in names.iter().rev() {
        let decoded = match *name {
            // Servers and proxies use these names for different formats.
            "gzip" | "x-gzip" | "deflate" | "x-deflate" if is_gzip(&body) => read(GzDecoder::new(&*body)),
            "gzip" | "x-gzip" => continue,
            "deflate" | "x-deflate" if is_zlib(&body) => read(ZlibDecoder::new(&*body)),
            "deflate" | "x-deflate" => read(DeflateDecoder::new(&*body)),
            other => {
                let name = redactor.line(other, MAX_NAME_LEN);
                let problem = format!("in the content encoding `{name}`, which is not supported and was not requested");
                return Err(BodyError::Encoded(problem));
            }
        };
        body = Cow::Owned(decoded.map_err(|error| match error.kind() {
            ErrorKind::FileTooLarge => BodyError::TooLarge,
            ErrorKind::UnexpectedEof => BodyError::Truncated,
            _ => BodyError::Encoded(format!("in the content encoding `{name}`, and the data is damaged")),
        })?);
    }
    Ok(body)
}

fn without_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(f, "a body of more than {MAX_RESPONSE_BYTES} bytes once decoded"),
            Self::Truncated => f.write_str("a truncated compressed body"),
            Self::Encoded(problem) => write!(f, "a body {problem}"),
        }
    }
}

fn read(decoder: impl Read) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    decoder.take(MAX_RESPONSE_BYTES as u64 + 1).read_to_end(&mut body)?;
    match body.len() > MAX_RESPONSE_BYTES {
        true => Err(ErrorKind::FileTooLarge.into()),
        false => Ok(body),
    }
}

/// RFC 1952 section 2.3.1.
fn is_gzip(body: &[u8]) -> bool {
    body.starts_with(&[0x1F, 0x8B])
}

/// RFC 1950 section 2.2. Some servers send deflate without this header.
fn is_zlib(body: &[u8]) -> bool {
    matches!(body, [method, flags, ..]
        if method & 0x0F == 8 && u16::from_be_bytes([*method, *flags]) % 31 == 0)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn up_to_three_content_encodings_are_decoded() {
        let decoded = |count: usize| {
            let body = (0..count).fold(b"body".to_vec(), |body, _| gzip(&body));
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_ENCODING, vec!["gzip"; count].join(", ").parse().unwrap());
            text(&headers, &body, &Redactor::new([])).map(Cow::into_owned)
        };
        for count in 1..=3 {
            assert_eq!(decoded(count).as_deref(), Ok("body"), "{count}");
        }
        let problem = decoded(4).unwrap_err().to_string();
        assert!(problem.contains("in more than 3 content encodings"), "{problem}");
    }

    #[test]
    fn a_body_of_the_maximum_size_is_decoded() {
        let decoded = |size: usize| {
            let body = gzip(&vec![b' '; size]);
            text(&HeaderMap::new(), &body, &Redactor::new([])).map(|text| text.len())
        };
        assert_eq!(decoded(MAX_RESPONSE_BYTES), Ok(MAX_RESPONSE_BYTES));
        assert_eq!(decoded(MAX_RESPONSE_BYTES + 1), Err(BodyError::TooLarge));
    }
}
