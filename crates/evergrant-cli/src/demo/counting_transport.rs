//! A transport that counts token requests: a server that is down cannot count them.

use bytes::Bytes;
use evergrant::error::TransportError;

use super::counters::Counters;

/// Counts the token requests that are sent, and those that fail.
#[derive(Clone)]
pub(super) struct CountingTransport {
    inner: evergrant_reqwest::Transport,
    counters: Counters,
}

impl CountingTransport {
    pub(super) fn new(inner: evergrant_reqwest::Transport, counters: Counters) -> Self {
        Self { inner, counters }
    }
}

impl evergrant::Transport for CountingTransport {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let response = self.inner.send(request).await;
        let granted = response.as_ref().is_ok_and(|response| response.status().is_success());
        self.counters.requested(granted);
        response
    }
}

impl std::fmt::Debug for CountingTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CountingTransport").finish_non_exhaustive()
    }
}
