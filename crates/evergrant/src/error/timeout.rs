//! The error of an exceeded time limit.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{CallbackKind, ClientContext};

/// The error of a call for which no token was available within a time limit.
#[derive(Clone)]
pub struct TimeoutError {
    pub(crate) client: Arc<ClientContext>,
    pub(crate) scope: TimeoutScope,
    pub(crate) limit: Duration,
    pub(crate) callback: Option<CallbackKind>,
    pub(crate) is_stalled: bool,
}

/// The time limit that was exceeded while a token was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutScope {
    /// The limit of one request to the token endpoint ([`TimeLimits::attempt`](crate::TimeLimits::attempt)).
    Attempt,
    /// The limit of all attempts for one token together ([`TimeLimits::fetch`](crate::TimeLimits::fetch)).
    Fetch,
    /// The time limit of a call that waits for a token ([`TimeLimits::wait`](crate::TimeLimits::wait)). The token
    /// request continues, and its token serves later calls.
    Wait,
}

impl TimeoutError {
    /// Returns the client and the token endpoint that the error is about.
    #[must_use]
    pub fn client(&self) -> &ClientContext {
        &self.client
    }

    /// Returns the time limit that was exceeded.
    #[must_use]
    pub fn scope(&self) -> TimeoutScope {
        self.scope
    }

    /// Returns the kind of application code that takes part in fetching the token, such as a token provider, because it
    /// may have caused the timeout. Returns `None` if only the library takes part. A token provider must not call an
    /// API through the client that needs the provider's token: it then waits for itself and never completes, even if it
    /// makes the call indirectly or from a spawned task.
    #[must_use]
    pub fn callback(&self) -> Option<CallbackKind> {
        self.callback
    }

    /// Returns whether this process caused the timeout. The task that fetched the token, or the call that waited for
    /// it, did not run in time, because its thread was blocked, its runtime was not driven, or the process was stopped.
    /// The server may have responded in time.
    #[must_use]
    pub fn is_stalled(&self) -> bool {
        self.is_stalled
    }

    /// Returns the duration of the exceeded time limit.
    #[must_use]
    pub fn limit(&self) -> Duration {
        self.limit
    }
}

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.scope {
            TimeoutScope::Attempt => "TimeLimits::attempt, for one request",
            TimeoutScope::Fetch => "TimeLimits::fetch, for all attempts together",
            TimeoutScope::Wait => "TimeLimits::wait, for one caller",
        };
        write!(f, "no token for {} within {:?} ({what}); ", self.client, self.limit)?;
        if self.is_stalled {
            return f.write_str(
                "the program did not run the request in time: a thread of its runtime was blocked, the runtime is not \
                 driven, or the process was stopped; run blocking code with spawn_blocking, or give the requests a \
                 runtime of their own with TokioRuntime::pinned_to",
            );
        }
        f.write_str(match self.callback {
            Some(CallbackKind::TokenProvider) => {
                "its token provider did not complete: it may call this client itself, through another client's provider or in a \
                 spawned task; otherwise it is slow, or the limit is too low"
            }
            Some(CallbackKind::CredentialProvider) => {
                "the credential provider or the server is slow, or the limit is too low"
            }
            _ => "the server is slow, or the limit is too low",
        })
    }
}

impl std::error::Error for TimeoutError {}
