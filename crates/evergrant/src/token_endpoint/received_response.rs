//! The response to one request, and what it is read with.

use bytes::Bytes;
use http::Response;

use super::client_keys::RequestKeys;
use super::{Server, Settings};
use crate::error::{Error, SentRequest};
use crate::grant::GrantRequest;
use crate::redact::Redactor;
use crate::runtime::Timestamp;

pub(super) struct ReceivedResponse<'a> {
    pub(super) settings: &'a Settings,
    pub(super) server: &'a Server,
    pub(super) grant: &'a GrantRequest,
    pub(super) sent: SentRequest,
    pub(super) redactor: &'a Redactor,
    pub(super) response: &'a Response<Bytes>,
    /// The keys that the request was sent with.
    pub(super) keys: RequestKeys,
    pub(super) requested_at: Timestamp,
}

/// Reads the response of an endpoint: the result, or a rejection.
pub(super) type ReadResponse<T> = fn(ReceivedResponse<'_>) -> Result<T, Error>;
