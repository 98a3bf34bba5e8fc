//! The bytes around a response's JSON: compression that nobody asked for, and the encoding of its characters.

use std::borrow::Cow;
use std::fmt;
use std::io::{ErrorKind, Read};

use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};
use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use serde_json::Value;

use crate::redact::Redactor;
use crate::transport::MAX_RESPONSE_BYTES;

/// The most encodings that are undone, one after the other.
const MOST: usize = 3;

/// Longest name of an encoding that an error repeats, in characters.
const LONGEST: usize = 40;

/// Why a body cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Undecodable {
    /// More than the limit comes out.
    TooLarge,
    /// It stops in the middle.
    Truncated,
    /// To stand behind "a body".
    Encoded(String),
}

/// The body as text: without content encodings (RFC 9110 section 8.4) and without a byte order mark. Where bytes are no
/// UTF-8, U+FFFD stands for them: they need not be the token's.
pub(super) fn text<'a>(headers: &HeaderMap, body: &'a [u8], redactor: &Redactor) -> Result<Cow<'a, str>, Undecodable> {
    let body = decode(headers, body, redactor)?;
    if matches!(&*body, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [_, 0, ..] | [0, _, ..]) {
        let problem = "in UTF-16 or UTF-32, and JSON is sent in UTF-8 (RFC 8259 section 8.1)";
        return Err(Undecodable::Encoded(problem.to_owned()));
    }
    Ok(match body {
        Cow::Borrowed(body) => String::from_utf8_lossy(without_mark(body)),
        Cow::Owned(body) => String::from_utf8_lossy(without_mark(&body)).into_owned().into(),
    })
}

/// Undoes gzip and deflate. A transport may have done so and left the header.
fn decode<'a>(headers: &HeaderMap, body: &'a [u8], redactor: &Redactor) -> Result<Cow<'a, [u8]>, Undecodable> {
    let names = headers.get_all(CONTENT_ENCODING).iter();
    let names = names.map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase());
    let names = names.collect::<Vec<_>>().join(",");
    let names = names.split(',').map(str::trim);
    let mut names: Vec<&str> = names.filter(|name| !matches!(*name, "" | "identity")).collect();
    if names.is_empty() && is_gzip(body) {
        names.push("gzip");
    }
    if names.is_empty() || body.is_empty() || serde_json::from_slice::<Value>(without_mark(body)).is_ok() {
        return Ok(body.into());
    }
    undo(&names, body, redactor)
}

/// Not inlined: a decoder's tables take 40 KiB of stack, and most responses have no encoding.
#[cold]
#[inline(never)]
fn undo<'a>(names: &[&str], body: &'a [u8], redactor: &Redactor) -> Result<Cow<'a, [u8]>, Undecodable> {
    if names.len() > MOST {
        return Err(Undecodable::Encoded(format!("in more than {MOST} content encodings")));
    }
    let mut body = Cow::Borrowed(body);
    for name in names.iter().rev() {
        let decoded = match *name {
            // Servers and proxies differ in what they call by these names.
            "gzip" | "x-gzip" | "deflate" | "x-deflate" if is_gzip(&body) => read(GzDecoder::new(&*body)),
            "gzip" | "x-gzip" => continue,
            "deflate" | "x-deflate" if is_zlib(&body) => read(ZlibDecoder::new(&*body)),
            "deflate" | "x-deflate" => read(DeflateDecoder::new(&*body)),
            other => {
                let name = redactor.line(other, LONGEST);
                let problem = format!("in the content encoding `{name}`, which is not supported and was not asked for");
                return Err(Undecodable::Encoded(problem));
            }
        };
        body = Cow::Owned(decoded.map_err(|error| match error.kind() {
            ErrorKind::FileTooLarge => Undecodable::TooLarge,
            ErrorKind::UnexpectedEof => Undecodable::Truncated,
            _ => Undecodable::Encoded(format!("in the content encoding `{name}`, which is damaged")),
        })?);
    }
    Ok(body)
}

fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(f, "a body of more than {MAX_RESPONSE_BYTES} bytes once decoded"),
            Self::Truncated => f.write_str("a compressed body that stops in the middle"),
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

/// RFC 1950 section 2.2. Servers send deflate without this header, too.
fn is_zlib(body: &[u8]) -> bool {
    matches!(body, [method, flags, ..]
        if method & 0x0F == 8 && u16::from_be_bytes([*method, *flags]) % 31 == 0)
}
