//! An answer, whose body is waited for as it is read.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use bytes::Bytes;
use evergrant::origin::shown;
use http::{HeaderMap, StatusCode};
use reqwest::Url;
use serde::de::DeserializeOwned;

use super::runtime::Runtime;
use crate::Error;

/// What the API answered: its head, and its body as far as it is read.
pub struct Response {
    response: reqwest::Response,
    runtime: Arc<Runtime>,
    /// Whose answer it is, as errors name it.
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

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Where the answer came from, redirects followed.
    #[must_use]
    pub fn url(&self) -> &Url {
        self.response.url()
    }

    /// The whole body.
    ///
    /// # Errors
    /// [`Error::Http`] when the connection breaks; [`Error::Request`] when called from async code.
    pub fn bytes(self) -> Result<Bytes, Error> {
        read(self.runtime.wait(self.response.bytes()), &self.call)
    }

    /// The whole body as text, by the charset that its `content-type` names, or else as UTF-8.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub fn text(self) -> Result<String, Error> {
        read(self.runtime.wait(self.response.text()), &self.call)
    }

    /// The whole body, read as JSON.
    ///
    /// # Errors
    /// [`Error::Json`] when it is something else; otherwise as [`bytes`](Self::bytes).
    pub fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        let call = Arc::clone(&self.call);
        let body = self.bytes()?;
        serde_json::from_slice(&body).map_err(|error| Error::Json {
            url: call.to_string(),
            source: error.into(),
        })
    }

    /// Writes what is left of the body as it comes in, without holding it in memory, and gives the number of bytes.
    ///
    /// # Errors
    /// The writer's own; an [`Error`] within an [`io::Error`] when the connection breaks, or when called from async code.
    pub fn copy_to(&mut self, writer: &mut (impl Write + ?Sized)) -> io::Result<u64> {
        let mut written = 0;
        while let Some(chunk) = self.chunk().map_err(io::Error::other)? {
            writer.write_all(&chunk)?;
            written += chunk.len() as u64;
        }
        Ok(written)
    }

    fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        read(self.runtime.wait(self.response.chunk()), &self.call)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status())
            .field("url", &shown(self.url()))
            .finish_non_exhaustive()
    }
}

/// What was read, or whose answer could not be.
fn read<T>(outcome: Result<reqwest::Result<T>, Error>, call: &str) -> Result<T, Error> {
    let outcome = outcome.map_err(|error| error.for_call(call.to_owned()))?;
    outcome.map_err(|error| Error::http(format!("reading the answer of {call}"), error))
}
