//! Time ran out, and whose time it was.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{CallbackKind, ClientContext};

/// A time limit passed before there was a token.
#[derive(Clone)]
pub struct TimeoutError {
    pub(crate) client: Arc<ClientContext>,
    pub(crate) scope: TimeoutScope,
    pub(crate) limit: Duration,
    pub(crate) asked: Option<CallbackKind>,
}

/// Which limit it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutScope {
    /// One request to the token endpoint (`attempt_timeout`).
    Attempt,
    /// All attempts for one token together (`flight_timeout`).
    Flight,
    /// The caller's wait (`max_wait`); the flight goes on, and its token serves the next call.
    Caller,
}

impl TimeoutError {
    /// Which client, at which endpoint.
    #[must_use]
    pub fn client(&self) -> &ClientContext {
        &self.client
    }

    /// Which limit it was.
    #[must_use]
    pub fn scope(&self) -> TimeoutScope {
        self.scope
    }

    /// The application's callback that the token depends on, and that may not have answered. A token provider that calls its own client,
    /// through another client's provider or in a task that it spawned, never does.
    #[must_use]
    pub fn callback(&self) -> Option<CallbackKind> {
        self.asked
    }

    /// The limit.
    #[must_use]
    pub fn limit(&self) -> Duration {
        self.limit
    }
}

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.scope {
            TimeoutScope::Attempt => "attempt_timeout, one request",
            TimeoutScope::Flight => "flight_timeout, all attempts together",
            TimeoutScope::Caller => "max_wait, one caller's wait",
        };
        write!(f, "no token for {} within {:?} ({what}); ", self.client, self.limit)?;
        f.write_str(match self.asked {
            Some(CallbackKind::TokenProvider) => {
                "its token provider has not answered: does it call this very client, through another client's provider or in a task that \
                 it spawned? Otherwise it is slow, or the limit too low"
            }
            Some(CallbackKind::CredentialProvider) => {
                "the credential provider or the server does not answer in time, or the limit is too low"
            }
            _ => "the server does not answer in time, or the limit is too low",
        })
    }
}

impl std::error::Error for TimeoutError {}
