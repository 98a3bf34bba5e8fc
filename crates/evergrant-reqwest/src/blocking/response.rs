//! The blocking response: its methods block while they read the body.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, Version};
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
    /// The part of the body that was received, and not yet returned by [`Read`].
    received: Bytes,
}

impl Response {
    pub(super) fn new(response: reqwest::Response, runtime: Arc<Runtime>, call: Arc<str>) -> Self {
        Self {
            response,
            runtime,
            call,
            received: Bytes::new(),
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

    /// Returns the response's extensions, such as the [`Generation`](evergrant::Generation) of the token that the
    /// request was sent with: a number with which the application can reject this token.
    #[must_use]
    pub fn extensions(&self) -> &http::Extensions {
        self.response.extensions()
    }

    /// Returns the HTTP version of this response.
    #[must_use]
    pub fn version(&self) -> Version {
        self.response.version()
    }

    /// Returns the length of the body, if it is known.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// Returns the address of the server, or of the proxy that the client connected to, if it is known.
    #[must_use]
    pub fn remote_addr(&self) -> Option<SocketAddr> {
        self.response.remote_addr()
    }

    /// Returns this response, or an error if its status is 400 or more. The error does not contain the headers and body
    /// of the response; the error of [`send_ok`](super::RequestBuilder::send_ok) does.
    ///
    /// # Errors
    /// Returns [`Error::Http`] if the status is 400 or more.
    pub fn error_for_status(self) -> Result<Self, Error> {
        match self.response.error_for_status_ref() {
            Ok(_) => Ok(self),
            Err(error) => Err(Error::http(self.call.to_string(), error)),
        }
    }

    /// Reads the whole body.
    ///
    /// # Errors
    /// Returns [`Error::Http`] if the connection breaks, and [`Error::Request`] if called from async code.
    pub fn bytes(self) -> Result<Bytes, Error> {
        let response = self.unread()?;
        for_call(response.runtime.wait(response.response.bytes()), &response.call)
    }

    /// Reads the whole body as text. The charset is that of the `Content-Type` header, or else UTF-8.
    ///
    /// # Errors
    /// Returns the errors of [`bytes`](Self::bytes).
    pub fn text(self) -> Result<String, Error> {
        let response = self.unread()?;
        for_call(response.runtime.wait(response.response.text()), &response.call)
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
            call: call.to_string(),
            source: error.into(),
        })
    }

    /// Copies the part of the body that has not been read yet to `writer` as it arrives, without buffering it. Returns
    /// the number of bytes.
    ///
    /// # Errors
    /// Returns the writer's error, or an [`io::Error`] that contains an [`Error`] if the connection breaks or if called
    /// from async code.
    pub fn copy_to(&mut self, writer: &mut (impl Write + ?Sized)) -> io::Result<u64> {
        let received = std::mem::take(&mut self.received);
        writer.write_all(&received)?;
        let mut written = received.len() as u64;
        while let Some(chunk) = self.chunk().map_err(io::Error::other)? {
            writer.write_all(&chunk)?;
            written += chunk.len() as u64;
        }
        Ok(written)
    }

    /// Returns a response whose body is the part that was not read.
    fn unread(mut self) -> Result<Self, Error> {
        if self.received.is_empty() {
            return Ok(self);
        }
        let mut body = Vec::from(std::mem::take(&mut self.received));
        while let Some(chunk) = self.chunk()? {
            body.extend_from_slice(&chunk);
        }
        let mut response = http::Response::new(body);
        *response.headers_mut() = std::mem::take(self.response.headers_mut());
        self.response = response.into();
        Ok(self)
    }

    fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        for_call(self.runtime.wait(self.response.chunk()), &self.call)
    }
}

/// Blocks until a part of the body arrives. The methods that read the body continue after the part that was read.
impl Read for Response {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.received.is_empty() {
            match self.chunk().map_err(io::Error::other)? {
                Some(chunk) => self.received = chunk,
                None => return Ok(0),
            }
        }
        let length = self.received.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.received.split_to(length));
        Ok(length)
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
