//! Request bodies: text, bytes, streams and multipart forms.

mod boundary;
mod multipart;

use std::fmt;

use bytes::Bytes;
use evergrant::error::BoxError;
use futures_core::TryStream;

pub use self::multipart::{FilePart, Multipart};

/// A request body: text, bytes or a stream.
pub struct Body(pub(crate) reqwest::Body);

impl Body {
    /// Creates a streaming body. A stream can be sent only once. If the API returns a 401, the request is not sent
    /// again, and the call fails with the 401.
    pub fn stream<S>(stream: S) -> Self
    where
        S: TryStream + Send + 'static,
        S::Error: Into<BoxError>,
        Bytes: From<S::Ok>,
    {
        Self(reqwest::Body::wrap_stream(stream))
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(bytes.into())
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0.as_bytes().map(<[u8]>::len);
        f.debug_struct("Body").field("bytes", &bytes).finish_non_exhaustive()
    }
}
