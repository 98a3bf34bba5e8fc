//! A response that a test writes itself.

use std::fmt;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};

/// Any HTTP response.
///
/// ```
/// use evergrant_testing::Answer;
///
/// let too_many = Answer::new(429).header("retry-after", "2");
/// let login_page = Answer::new(200).header("content-type", "text/html").body("<h1>Sign in</h1>");
/// let refusal = Answer::new(400).json(r#"{"error":"invalid_scope"}"#);
/// # let _ = (too_many, login_page, refusal);
/// ```
#[derive(Clone)]
pub struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Answer {
    /// An empty response.
    ///
    /// # Panics
    /// If the status is not between 100 and 999.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self {
            status: StatusCode::from_u16(status).expect("an HTTP status"),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// Adds a header.
    ///
    /// # Panics
    /// If the name or the value cannot be sent.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = name.parse().expect("a header name");
        let value = value.parse().expect("a header value");
        self.headers.push((name, value));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets a JSON body and its content type.
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

impl fmt::Debug for Answer {
    /// Without the values of headers and body: tests put secrets into them to see where they come out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Answer")
            .field("status", &self.status.as_u16())
            .field("headers", &names)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}
