//! Decompresses a response body chunk by chunk, if the caller did not request compression.

use std::io::{Result, Write as _};

use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use crate::failure;
use crate::terminal_sanitizer;

/// Decoder of a response body. A decoded chunk is at most about a thousand times as large as its input.
pub(super) enum Decoder {
    /// Not compressed, or unknown: printed unchanged.
    Plain,
    /// Compressed; the first byte decides which format.
    Compressed,
    Gzip(MultiGzDecoder<Vec<u8>>),
    Zlib(ZlibDecoder<Vec<u8>>),
    Deflate(DeflateDecoder<Vec<u8>>),
}

impl Decoder {
    /// Selects the decoder by the response headers.
    pub(super) fn new(headers: &HeaderMap) -> Self {
        let values = headers.get_all(CONTENT_ENCODING).iter();
        let values: Vec<_> = values
            .map(|value| terminal_sanitizer::for_terminal(value.as_bytes()))
            .collect();
        let name = values.join(",").trim().to_ascii_lowercase();
        match name.as_str() {
            "" | "identity" => Self::Plain,
            "gzip" | "x-gzip" | "deflate" => Self::Compressed,
            name => {
                let name: String = name.chars().take(40).collect();
                failure::warn(&format!(
                    "the response has the content encoding `{name}`, which is printed without decoding; request it uncompressed with -H accept-encoding:identity"
                ));
                Self::Plain
            }
        }
    }

    /// Decodes the next chunk.
    pub(super) fn decode(&mut self, chunk: &[u8]) -> Result<Vec<u8>> {
        if let (Self::Compressed, Some(first)) = (&self, chunk.first()) {
            *self = Self::from_first_byte(*first);
        }
        match self {
            Self::Plain | Self::Compressed => Ok(chunk.to_vec()),
            Self::Gzip(decoder) => {
                decoder.write_all(chunk)?;
                decoder.flush()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Self::Zlib(decoder) => {
                decoder.write_all(chunk)?;
                decoder.flush()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Self::Deflate(decoder) => {
                decoder.write_all(chunk)?;
                decoder.flush()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
        }
    }

    /// Returns the rest of the decoded body; an error if the body is incomplete.
    pub(super) fn finish(self) -> Result<Vec<u8>> {
        match self {
            Self::Plain | Self::Compressed => Ok(Vec::new()),
            Self::Gzip(decoder) => decoder.finish(),
            Self::Zlib(decoder) => decoder.finish(),
            Self::Deflate(decoder) => decoder.finish(),
        }
    }

    /// Selects the format by the first byte: servers use `deflate` for data with a zlib header (RFC 1950) and without
    /// (RFC 1951), and some set `gzip` on uncompressed data.
    fn from_first_byte(first: u8) -> Self {
        match first {
            0x1F => Self::Gzip(MultiGzDecoder::new(Vec::new())),
            _ if first & 0x0F == 8 && first >> 4 <= 7 => Self::Zlib(ZlibDecoder::new(Vec::new())),
            b'{' | b'[' | b'<' => Self::Plain,
            _ => Self::Deflate(DeflateDecoder::new(Vec::new())),
        }
    }
}
