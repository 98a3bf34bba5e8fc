//! The head of a response, independent of the HTTP client.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use http::header::AsHeaderName;
use http::{HeaderMap, HeaderValue, Response, StatusCode, Version, response};

use crate::retry_after;

/// The status, version and headers of a response, independent of the HTTP client. It is passed to
/// [`Replay`](crate::Replay), to a [`Proof`](crate::proof::Proof) and to the rules of a
/// [`CallPolicy`](crate::CallPolicy), and an [`ApiError`](crate::ApiError) contains it. The `Debug` output omits the
/// headers, which may contain secrets.
///
/// ```
/// use evergrant::ResponseHead;
///
/// let response = http::Response::builder().status(503).header("x-request-id", "42").body("busy")?;
/// let head = ResponseHead::from(&response);
/// assert!(head.is_retryable());
/// assert_eq!(head.header("x-request-id").unwrap(), "42");
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone)]
pub struct ResponseHead<'a> {
    status: StatusCode,
    version: Version,
    headers: Cow<'a, HeaderMap>,
}

impl<'a> ResponseHead<'a> {
    /// Creates a response head that borrows its headers, for HTTP clients whose responses are not those of the crate
    /// `http`.
    #[must_use]
    pub fn new(status: StatusCode, version: Version, headers: &'a HeaderMap) -> Self {
        Self {
            status,
            version,
            headers: Cow::Borrowed(headers),
        }
    }

    /// Returns the HTTP status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the HTTP version of the response.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Returns all headers of the response.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the first header with this name, if there is one.
    #[must_use]
    pub fn header(&self, name: impl AsHeaderName) -> Option<&HeaderValue> {
        self.headers.get(name)
    }

    /// Returns whether the same call may succeed later without any change: `true` for the statuses 408, 429, 502, 503
    /// and 504.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self.status.as_u16(), 408 | 429 | 502..=504)
    }

    /// Returns how long the server asked the client to wait: `Retry-After` in seconds, or as a date relative to the
    /// response's `Date` (RFC 9110 section 10.2.3). At most one hour.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after::parse(&self.headers, None)
    }
}

impl ResponseHead<'static> {
    /// Creates a response head that owns its headers.
    #[must_use]
    pub fn owned(status: StatusCode, version: Version, headers: HeaderMap) -> Self {
        Self {
            status,
            version,
            headers: Cow::Owned(headers),
        }
    }
}

impl<'a> From<&'a response::Parts> for ResponseHead<'a> {
    fn from(head: &'a response::Parts) -> Self {
        Self::new(head.status, head.version, &head.headers)
    }
}

impl<'a, B> From<&'a Response<B>> for ResponseHead<'a> {
    fn from(response: &'a Response<B>) -> Self {
        Self::new(response.status(), response.version(), response.headers())
    }
}

impl fmt::Debug for ResponseHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseHead")
            .field("status", &self.status)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
