//! What a server was asked: one request, kept for assertions.

mod log;

use std::fmt;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

pub(crate) use self::log::Records;
use crate::form;

/// One request as a server received it.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method.
    pub method: Method,
    /// The path.
    pub path: String,
    /// The query, as it was sent.
    pub query: Option<String>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// When it had been received, in real time since the server's start.
    pub at: Duration,
    /// What was answered; `None` while it is not, or if the connection was dropped.
    pub status: Option<StatusCode>,
    /// Whether it came to a token endpoint.
    pub(crate) for_a_token: bool,
}

impl RecordedRequest {
    /// Reads a request to its end.
    pub(crate) async fn receive(request: Request<Incoming>) -> Result<Self, io::Error> {
        let (head, body) = request.into_parts();
        Ok(Self {
            method: head.method,
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            headers: head.headers,
            body: body.collect().await.map_err(io::Error::other)?.to_bytes(),
            at: Duration::ZERO,
            status: None,
            for_a_token: false,
        })
    }

    /// A header's value, if it is text; the first, if it was sent repeatedly.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body's form parameters, decoded, in the order sent. One that cannot be decoded is given as it was sent.
    #[must_use]
    pub fn form(&self) -> Vec<(String, String)> {
        form::lenient_pairs(&self.body)
    }

    /// A form parameter, decoded.
    #[must_use]
    pub fn form_value(&self, name: &str) -> Option<String> {
        self.form()
            .into_iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// A parameter of the query, decoded.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<String> {
        form::lenient_pairs(self.query.as_deref().unwrap_or_default().as_bytes())
            .into_iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }
}

impl fmt::Debug for RecordedRequest {
    /// Without the query and the values of headers and body, which are full of secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.headers.keys().map(http::HeaderName::as_str).collect();
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &headers)
            .field("body_bytes", &self.body.len())
            .field("at", &self.at)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
