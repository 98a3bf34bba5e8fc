//! The time limits of token requests and of waiting calls.

use std::time::Duration;

/// The time limits of token requests and of the calls that wait for a token.
///
/// | Limit | Default |
/// |---|---|
/// | [`attempt`](Self::attempt): one request to the token endpoint | 5 s |
/// | [`fetch`](Self::fetch): all attempts for one token | 15 s |
/// | [`wait`](Self::wait): a call when no token is cached | 5 s |
///
/// The limits measure running time only. The time during which the process is stopped (`SIGSTOP`, a frozen container)
/// or its thread is blocked is not counted: a timer that fires more than 250 ms late indicates such a stop. Each limit
/// is measured in parts (a fifth of the limit, or one second if that is longer), and the part in which the stop
/// happened starts over. No limit takes more than twice its length in running time.
///
/// ```
/// use std::time::Duration;
/// use evergrant::{ClientCredentials, TimeLimits};
///
/// let builder = ClientCredentials::builder("client-id", "not-a-real-secret")
///     .time_limits(TimeLimits::new().wait(Duration::from_secs(2)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimits {
    pub(super) attempt: Duration,
    pub(super) fetch: Duration,
    pub(super) wait: Duration,
}

impl TimeLimits {
    /// Creates the default time limits of token requests and of calls that wait for a token.
    #[must_use]
    pub fn new() -> Self {
        Self {
            attempt: Duration::from_secs(5),
            fetch: Duration::from_secs(15),
            wait: Duration::from_secs(5),
        }
    }

    /// Sets the time limit of one request to the token endpoint (an attempt). Default: 5 s.
    #[must_use]
    pub fn attempt(mut self, limit: Duration) -> Self {
        self.attempt = limit;
        self
    }

    /// Sets the time limit of fetching one token, including all retries. Default: 15 s.
    #[must_use]
    pub fn fetch(mut self, limit: Duration) -> Self {
        self.fetch = limit;
        self
    }

    /// Sets the time limit of a call that waits because no token is cached. The token request continues after the call
    /// has failed. Default: 5 s.
    #[must_use]
    pub fn wait(mut self, limit: Duration) -> Self {
        self.wait = limit;
        self
    }

    /// Returns each limit with its name.
    pub(super) fn by_name(&self) -> [(&'static str, Duration); 3] {
        [
            ("TimeLimits::attempt", self.attempt),
            ("TimeLimits::fetch", self.fetch),
            ("TimeLimits::wait", self.wait),
        ]
    }
}

impl Default for TimeLimits {
    fn default() -> Self {
        Self::new()
    }
}
