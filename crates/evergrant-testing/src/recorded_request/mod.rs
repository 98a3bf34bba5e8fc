//! Recorded requests, for assertions.

mod request_log;

use std::fmt;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

pub(crate) use self::request_log::Records;
use crate::strict_form_decoding;

/// A request that a test server has received and recorded.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The HTTP method of the request.
    pub method: Method,
    /// The path of the request, without the query.
    pub path: String,
    /// The query of the request, undecoded and without the question mark. `None` if the URL has no query.
    pub query: Option<String>,
    /// The headers of the request.
    pub headers: HeaderMap,
    /// The body of the request.
    pub body: Bytes,
    /// The time at which the server finished reading the request, in real time since the server started.
    pub at: Duration,
    /// The HTTP status of the server's response. `None` if the server has not responded yet or dropped the connection.
    pub status: Option<StatusCode>,
    /// Whether the request was sent to a token endpoint.
    pub(crate) is_token_request: bool,
}

impl RecordedRequest {
    /// Reads a request including its body.
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
            is_token_request: false,
        })
    }

    /// Returns the first value of the request header `name`. Returns `None` if the header is missing or not text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the form parameters of the body, decoded and in the order of the body. A parameter that cannot be
    /// decoded is returned as it was sent.
    #[must_use]
    pub fn form(&self) -> Vec<(String, String)> {
        strict_form_decoding::lenient_pairs(&self.body)
    }

    /// Returns the decoded value of the form parameter `name` in the body, or `None` if it is missing.
    #[must_use]
    pub fn form_value(&self, name: &str) -> Option<String> {
        self.form()
            .into_iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// Returns the decoded value of the query parameter `name`, or `None` if it is missing.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<String> {
        strict_form_decoding::lenient_pairs(self.query.as_deref().unwrap_or_default().as_bytes())
            .into_iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }
}

impl fmt::Debug for RecordedRequest {
    /// Omits the query, header values and body, which may contain secrets.
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
