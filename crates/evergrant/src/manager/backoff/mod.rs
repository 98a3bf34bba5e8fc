//! The back-off after failures: how long a failure is cached, and when the next attempt may be made.

use std::time::Duration;

use http::StatusCode;

use crate::error::{ApiError, Error, RejectionClass};
use crate::jitter;
use crate::runtime::Timestamp;

/// The settings of the back-off: how long the error of a failed token request is cached. During the back-off, calls
/// without a valid token return the same error without a request, and no renewal starts.
///
/// | Back-off | Default |
/// |---|---|
/// | [`first`](Self::first): after the first failure, doubling with each further one | 1 s |
/// | [`max`](Self::max): maximum while a valid token is served | 30 s |
/// | [`max_without_token`](Self::max_without_token): maximum while no valid token exists | 1 s |
/// | [`after_rejection`](Self::after_rejection): after a rejection such as `invalid_client` | 30 s |
///
/// Each duration is randomized by ±20%. A longer `Retry-After` of the server takes precedence. After a 429, the
/// back-off is at least [`first`](Self::first).
///
/// ```
/// use std::time::Duration;
/// use evergrant::{ClientCredentials, FailureBackoff};
///
/// let builder = ClientCredentials::builder("client-id", "not-a-real-secret")
///     .failure_backoff(FailureBackoff::new().max(Duration::from_secs(10)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureBackoff {
    pub(super) first: Duration,
    pub(super) max: Duration,
    pub(super) max_without_token: Duration,
    pub(super) after_rejection: Duration,
}

impl FailureBackoff {
    /// Creates the default settings of the back-off after failed token requests.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the back-off after the first failure. The back-off doubles with each further failure, up to the maximum.
    /// Default: 1 s.
    #[must_use]
    pub fn first(mut self, pause: Duration) -> Self {
        self.first = pause;
        self
    }

    /// Sets the maximum back-off while the manager still has a valid token, so that no call fails. Default: 30 s.
    #[must_use]
    pub fn max(mut self, pause: Duration) -> Self {
        self.max = pause;
        self
    }

    /// Sets the maximum back-off while the manager has no valid token, so that calls fail. A longer maximum means fewer
    /// token requests while the server is down (at most one per back-off), but calls also fail for longer after the
    /// server has recovered (for at most this time). Default: 1 s.
    #[must_use]
    pub fn max_without_token(mut self, pause: Duration) -> Self {
        self.max_without_token = pause;
        self
    }

    /// Sets the back-off after a rejection by the authorization server that only a change of configuration can resolve,
    /// such as `invalid_client`. The back-off ends early when the credentials change. Default: 30 s.
    #[must_use]
    pub fn after_rejection(mut self, pause: Duration) -> Self {
        self.after_rejection = pause;
        self
    }
}

impl Default for FailureBackoff {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            max: Duration::from_secs(30),
            max_without_token: Duration::from_secs(1),
            after_rejection: Duration::from_secs(30),
        }
    }
}

/// Maximum extra pause of a process whose failure may be its own, such as a lost connection. The pause at most doubles.
const EXTRA_PAUSE: Duration = Duration::from_secs(1);

/// Maximum time for which a failed login is cached while no valid token exists, unless a setting or the server requires
/// longer.
const MAX_PAUSE_AFTER_LOGIN: Duration = Duration::from_secs(5);

/// How long after a transient failure a fetch makes only one attempt.
const RECENT_FAILURE: Duration = Duration::from_secs(30);

/// A failure whose error callers get without another fetch, until its back-off ends.
#[derive(Debug, Clone)]
pub(crate) struct CachedFailure {
    pub(crate) error: Error,
    at: Timestamp,
    with_token: Duration,
    without_token: Duration,
}

impl CachedFailure {
    pub(crate) fn new(error: Error, failures: u32, now: Timestamp, policy: &FailureBackoff) -> Self {
        let spread = jitter::around_one(0.2);
        let doubled = policy.first.saturating_mul(1 << failures.saturating_sub(1).min(16));
        let (with_token, without_token) = match (&error, error.rejection_class()) {
            // A failure in application code: the next call retries it; only background renewals pause.
            (Error::Callback(callback), _) if !callback.has_backoff() => (doubled.min(policy.max), Duration::ZERO),
            (Error::Panicked(_) | Error::ProviderCycle(_), _) => (doubled.min(policy.max), Duration::ZERO),
            (Error::Callback(_), _) if !error.is_retryable() => (policy.after_rejection, policy.after_rejection),
            // The other process's pause, so that all processes retry after the same one.
            (Error::SharedFailure(error), _) => (error.remaining(), error.remaining()),
            // A failed login may lock the account, so it is cached for longer, whatever its cause.
            (Error::Login(_), RejectionClass::Transient) => {
                let without_token = policy.max_without_token.max(MAX_PAUSE_AFTER_LOGIN);
                (doubled.min(policy.max), doubled.min(without_token))
            }
            (_, RejectionClass::Transient) => (doubled.min(policy.max), doubled.min(policy.max_without_token)),
            (_, _) => (policy.after_rejection, policy.after_rejection),
        };
        let retry_after = error.retry_after().unwrap_or_default();
        let status = match &error {
            Error::OAuthProvider(error) => Some(error.status()),
            Error::Login(error) => error.api().map(ApiError::status),
            _ => None,
        };
        let limited = status == Some(StatusCode::TOO_MANY_REQUESTS);
        let minimum = if limited {
            retry_after.max(policy.first)
        } else {
            retry_after
        };
        Self {
            error,
            at: now,
            with_token: jitter::scaled(with_token, spread).max(minimum),
            without_token: jitter::scaled(without_token, spread).max(minimum),
        }
    }

    /// Extends the pause, so that another process that shares the store fetches first: this one may be the only one
    /// without a connection.
    pub(crate) fn with_extra_pause(mut self) -> Self {
        for pause in [&mut self.with_token, &mut self.without_token] {
            *pause += (*pause).min(EXTRA_PAUSE);
        }
        self
    }

    /// Returns until when callers without a token get the cached error.
    pub(crate) fn fails_fast_until(&self) -> Timestamp {
        self.at.plus(self.without_token)
    }

    /// Returns until when no renewal starts while a valid token is served.
    pub(crate) fn pauses_renewal_until(&self) -> Timestamp {
        self.at.plus(self.with_token)
    }

    pub(crate) fn fails_fast(&self, now: Timestamp) -> bool {
        now.since_boot() < self.fails_fast_until().since_boot()
    }

    pub(crate) fn pauses_renewal(&self, now: Timestamp) -> bool {
        now.since_boot() < self.pauses_renewal_until().since_boot()
    }

    /// Returns whether the failure is recent enough that one attempt shows whether it persists.
    pub(crate) fn is_recent(&self, now: Timestamp) -> bool {
        self.error.rejection_class() == RejectionClass::Transient && now.elapsed_since(self.at) < RECENT_FAILURE
    }

    /// Returns whether changed credentials end the pause.
    pub(crate) fn ends_with_new_credentials(&self) -> bool {
        self.error.rejection_class() != RejectionClass::Transient && self.error.retry_after().is_none()
    }
}

/// Suppresses renewals after an API has rejected a fresh token too: then the token is not the cause.
#[derive(Debug, Default)]
pub(crate) struct RenewalSuppression {
    streak: u32,
    until: Option<Timestamp>,
}

/// The pause after the first rejected replay; doubles up to [`MAX_PAUSE`].
pub(super) const FIRST_PAUSE: Duration = Duration::from_secs(5);
pub(super) const MAX_PAUSE: Duration = Duration::from_secs(60);

impl RenewalSuppression {
    /// Returns whether rejections currently start no renewal.
    pub(crate) fn is_active(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| now.since_boot() < until.since_boot())
    }

    /// Records that a fresh token was rejected too.
    pub(crate) fn record_rejected_replay(&mut self, now: Timestamp) {
        if self.is_active(now) {
            return;
        }
        if self.until.is_some_and(|until| now.elapsed_since(until) > MAX_PAUSE) {
            self.streak = 0;
        }
        let pause = FIRST_PAUSE.saturating_mul(1 << self.streak.min(8)).min(MAX_PAUSE);
        self.streak += 1;
        self.until = Some(now.plus(pause));
    }

    /// Extends the suppression to the time that another process has reported.
    pub(crate) fn extend_to(&mut self, until: Timestamp) {
        if self.until.is_none_or(|known| known.since_boot() < until.since_boot()) {
            self.until = Some(until);
        }
    }

    /// Records that a fresh token was accepted.
    pub(crate) fn replay_accepted(&mut self) {
        *self = Self::default();
    }
}

/// Limits how many rejections lead to a renewal. Otherwise an API that rejects each token after its first use would
/// cost a token request per call.
#[derive(Debug, Default)]
pub(crate) struct RejectionBudget {
    /// When the whole budget is available again.
    full_again: Option<Timestamp>,
}

/// How many renewals may follow rejections at once.
const REJECTION_BURST: u32 = 5;
/// How often one more renewal is allowed after that.
const REJECTION_INTERVAL: Duration = MAX_PAUSE;

impl RejectionBudget {
    /// Spends one renewal, if one is left.
    pub(crate) fn try_spend(&mut self, now: Timestamp) -> bool {
        let spent = self.full_again.map_or(Duration::ZERO, |until| until.elapsed_since(now));
        let spent = spent.saturating_add(REJECTION_INTERVAL);
        if spent > REJECTION_INTERVAL * REJECTION_BURST {
            return false;
        }
        self.full_again = Some(now.plus(spent));
        true
    }
}

#[cfg(test)]
mod tests;
