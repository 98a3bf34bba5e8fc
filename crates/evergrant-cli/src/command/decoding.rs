//! Undoes the compression of an answer whose caller asked for none, as it comes.

use std::io::{Result, Write as _};

use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use crate::failure;
use crate::text;

/// The way of an answer's body to the output. What comes out of a piece is at most about a thousand times as large.
pub(super) enum Decoder {
    /// As it is.
    Plain,
    /// Not begun.
    Compressed,
    Gzip(MultiGzDecoder<Vec<u8>>),
    Zlib(ZlibDecoder<Vec<u8>>),
    Deflate(DeflateDecoder<Vec<u8>>),
}

impl Decoder {
    /// For an answer with these headers.
    pub(super) fn new(headers: &HeaderMap) -> Self {
        let values = headers.get_all(CONTENT_ENCODING).iter();
        let values: Vec<_> = values.map(|value| text::for_screen(value.as_bytes())).collect();
        let name = values.join(",").trim().to_ascii_lowercase();
        match name.as_str() {
            "" | "identity" => Self::Plain,
            "gzip" | "x-gzip" | "deflate" => Self::Compressed,
            name => {
                let name: String = name.chars().take(40).collect();
                failure::warn(&format!(
                    "the answer is in the content encoding `{name}`, and is printed as it is; -H accept-encoding:identity asks for another"
                ));
                Self::Plain
            }
        }
    }

    /// What there is to print of the next piece.
    pub(super) fn decode(&mut self, piece: &[u8]) -> Result<Vec<u8>> {
        if let (Self::Compressed, Some(first)) = (&self, piece.first()) {
            *self = Self::beginning_with(*first);
        }
        match self {
            Self::Plain | Self::Compressed => Ok(piece.to_vec()),
            Self::Gzip(decoder) => {
                decoder.write_all(piece)?;
                decoder.flush()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Self::Zlib(decoder) => {
                decoder.write_all(piece)?;
                decoder.flush()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Self::Deflate(decoder) => {
                decoder.write_all(piece)?;
                decoder.flush()?;
                Ok(std::mem::take(decoder.get_mut()))
            }
        }
    }

    /// What is left to print at the end; an error if the body is not whole.
    pub(super) fn finish(self) -> Result<Vec<u8>> {
        match self {
            Self::Plain | Self::Compressed => Ok(Vec::new()),
            Self::Gzip(decoder) => decoder.finish(),
            Self::Zlib(decoder) => decoder.finish(),
            Self::Deflate(decoder) => decoder.finish(),
        }
    }

    /// Servers call `deflate` what has a header (RFC 1950) and what has none (RFC 1951), and leave `gzip` over what is
    /// not.
    fn beginning_with(first: u8) -> Self {
        match first {
            0x1F => Self::Gzip(MultiGzDecoder::new(Vec::new())),
            _ if first & 0x0F == 8 && first >> 4 <= 7 => Self::Zlib(ZlibDecoder::new(Vec::new())),
            b'{' | b'[' | b'<' => Self::Plain,
            _ => Self::Deflate(DeflateDecoder::new(Vec::new())),
        }
    }
}
