//! Another process of the fleet could not fetch a token, and this one need not try yet.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::ClientContext;

/// What a store remembers of another process's failed fetch. Nothing was sent.
#[derive(Debug, Clone)]
pub struct FleetError {
    pub(crate) client: Arc<ClientContext>,
    pub(crate) message: String,
    pub(crate) left: Duration,
    pub(crate) asked_for: bool,
}

impl FleetError {
    /// Which client, at which endpoint.
    #[must_use]
    pub fn client(&self) -> &ClientContext {
        &self.client
    }

    /// The other process's error, as text.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// For how long the failure was still to be remembered.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.left
    }

    /// The same, where the server itself has asked for the pause (`Retry-After`).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.asked_for.then_some(self.left)
    }
}

impl fmt::Display for FleetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "another process that shares the token of {} could not fetch one: {}; it is asked for again in {} s at the earliest",
            self.client,
            self.message,
            self.left.as_secs_f64().ceil()
        )
    }
}

impl std::error::Error for FleetError {}
