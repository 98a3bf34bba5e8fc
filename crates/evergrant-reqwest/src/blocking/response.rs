//! The blocking response: its methods block while they read the body.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use reqwest::Url;
use serde::de::DeserializeOwned;

use super::runtime::Runtime;
use crate::Error;

/// An API response whose body is read on demand.
pub struct Response {
    response: reqwest::Response,
    runtime: Arc<Runtime>,
    /// The name of the call in errors.
    call: Arc<str>,
}

impl Response {
    pub(super) fn new(response: reqwest::Response, runtime: Arc<Runtime>, call: Arc<str>) -> Self {
        Self {
            response,
            runtime,
            call,
        }
    }

    /// Returns the HTTP status code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// Returns the response headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Returns the URL of this response, after any redirects.
    #[must_use]
    pub fn url(&self) -> &Url {
        self.response.url()
    }

    /// Returns the response's extensions, such as the [`Generation`](evergrant::Generation) of the request's token.
    #[must_use]
    pub fn extensions(&self) -> &http::Extensions {
        self.response.extensions()
    }

    /// Reads the whole body.
    ///
    /// # Errors
    /// Returns [`Error::Http`] if the connection breaks, and [`Error::Request`] if called from async code.
    pub fn bytes(self) -> Result<Bytes, Error> {
        for_call(self.runtime.wait(self.response.bytes()), &self.call)
    }

    /// Reads the whole body as text, in the charset of the `Content-Type` header, by default UTF-8.
    ///
    /// # Errors
    /// The errors of [`bytes`](Self::bytes).
    pub fn text(self) -> Result<String, Error> {
        for_call(self.runtime.wait(self.response.text()), &self.call)
    }

    /// Reads the whole body and deserializes it from JSON.
    ///
    /// # Errors
    /// Returns [`Error::Json`] if the body is not valid JSON or does not match `T`, and the errors of
    /// [`bytes`](Self::bytes).
    pub fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        let call = Arc::clone(&self.call);
        let body = self.bytes()?;
        serde_json::from_slice(&body).map_err(|error| Error::Json {
            url: call.to_string(),
            source: error.into(),
        })
    }

    /// Copies the unread part of the body to `writer` as it arrives, without buffering it, and returns the number of
    /// bytes.
    ///
    /// # Errors
    /// Returns the writer's error, or an [`io::Error`] that contains an [`Error`] if the connection breaks or if called
    /// from async code.
    pub fn copy_to(&mut self, writer: &mut (impl Write + ?Sized)) -> io::Result<u64> {
        let mut written = 0;
        while let Some(chunk) = self.chunk().map_err(io::Error::other)? {
            writer.write_all(&chunk)?;
            written += chunk.len() as u64;
        }
        Ok(written)
    }

    fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        for_call(self.runtime.wait(self.response.chunk()), &self.call)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status())
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}

/// Adds the call to the error of a read.
fn for_call<T>(outcome: Result<reqwest::Result<T>, Error>, call: &str) -> Result<T, Error> {
    let outcome = outcome.map_err(|error| error.for_call(call.to_owned()))?;
    outcome.map_err(|error| Error::http(format!("reading the response to {call}"), error))
}
