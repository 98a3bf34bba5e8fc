//! The way to the token endpoint, with a counter: a server that is down cannot count what it does not see.

use bytes::Bytes;
use evergrant::error::TransportError;

use super::tally::Tally;

/// Counts the token requests that are sent, and those that bring no token.
#[derive(Clone)]
pub(super) struct Counted {
    inner: evergrant_reqwest::Transport,
    tally: Tally,
}

impl Counted {
    pub(super) fn new(inner: evergrant_reqwest::Transport, tally: Tally) -> Self {
        Self { inner, tally }
    }
}

impl evergrant::Transport for Counted {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let response = self.inner.send(request).await;
        let granted = response.as_ref().is_ok_and(|response| response.status().is_success());
        self.tally.requested(granted);
        response
    }
}

impl std::fmt::Debug for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Counted").finish_non_exhaustive()
    }
}
