//! HTTP responses that a test specifies.

use std::fmt;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};

/// An HTTP response that a test defines, for use as a [`Fault`](crate::Fault) or as the response of a
/// [route](crate::ApiServer::route).
///
/// ```
/// use evergrant_testing::MockResponse;
///
/// let too_many = MockResponse::new(429).header("retry-after", "2");
/// let login_page = MockResponse::new(200).header("content-type", "text/html").body("<h1>Sign in</h1>");
/// let rejection = MockResponse::new(400).json(r#"{"error":"invalid_scope"}"#);
/// # let _ = (too_many, login_page, rejection);
/// ```
#[derive(Clone)]
pub struct MockResponse {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl MockResponse {
    /// Creates a response with this status and an empty body.
    ///
    /// # Panics
    /// Panics if `status` is not between 100 and 999.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self {
            status: StatusCode::from_u16(status).expect("an HTTP status"),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// Adds a header to the response.
    ///
    /// # Panics
    /// Panics if `name` or `value` is not valid in a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = name.parse().expect("a header name");
        let value = value.parse().expect("a header value");
        self.headers.push((name, value));
        self
    }

    /// Sets the response body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets the response body to this JSON text, and the content type to JSON.
    #[must_use]
    pub fn json(self, json: &str) -> Self {
        self.header("content-type", "application/json").body(json.to_owned())
    }

    pub(crate) fn into_response(self) -> Response<Bytes> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        response
    }
}

impl fmt::Debug for MockResponse {
    /// Omits header values and the body: tests put secrets into them to check where these appear.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("MockResponse")
            .field("status", &self.status.as_u16())
            .field("headers", &names)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}
