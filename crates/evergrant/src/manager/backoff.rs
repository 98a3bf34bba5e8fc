//! After a failure: how long its error is remembered, and when the next attempt may be made.

use std::time::Duration;

use http::StatusCode;

use crate::error::{ApiError, Error, Refusal};
use crate::jitter;
use crate::runtime::Timestamp;

/// The quiet time after a failed flight.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QuietPolicy {
    /// After the first failure; doubles with each further one.
    pub(crate) first: Duration,
    /// Never longer than this while a valid token is served.
    pub(crate) longest: Duration,
    /// Never longer than this while callers have nothing.
    pub(crate) longest_without_token: Duration,
    /// After a refusal that only a change of configuration can end.
    pub(crate) refused: Duration,
}

impl Default for QuietPolicy {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(30),
            longest_without_token: Duration::from_secs(1),
            refused: Duration::from_secs(30),
        }
    }
}

/// How much longer a process stays away than those that it has told of its failure, and no longer than twice as long.
const COURTESY: Duration = Duration::from_secs(1);

/// How long a failed login is remembered at most while callers have nothing, unless a setting or the server says
/// longer.
const LONGEST_AFTER_LOGIN: Duration = Duration::from_secs(5);

/// For how long after a passing failure a flight makes one attempt only.
const RECENT: Duration = Duration::from_secs(30);

/// A failure that is being remembered.
#[derive(Debug, Clone)]
pub(crate) struct Setback {
    pub(crate) error: Error,
    at: Timestamp,
    with_token: Duration,
    without_token: Duration,
}

impl Setback {
    pub(crate) fn new(error: Error, failures: u32, now: Timestamp, policy: &QuietPolicy) -> Self {
        let spread = jitter::around_one(0.2);
        let doubled = policy.first.saturating_mul(1 << failures.saturating_sub(1).min(16));
        let (with_token, without_token) = match (&error, error.refusal()) {
            // The application's own failure is the next call's to retry; only renewals, which nobody waits for, pause.
            (Error::Callback(_) | Error::Panicked(_) | Error::ProviderCycle(_), _) => {
                (doubled.min(policy.longest), Duration::ZERO)
            }
            // Another process's pause, so that all come back after the same one.
            (Error::Fleet(error), _) => (error.left(), error.left()),
            // A login counts against an account, whatever its failure looks like.
            (Error::Login(_), Refusal::None) => {
                let without_token = policy.longest_without_token.max(LONGEST_AFTER_LOGIN);
                (doubled.min(policy.longest), doubled.min(without_token))
            }
            (_, Refusal::None) => (doubled.min(policy.longest), doubled.min(policy.longest_without_token)),
            (_, _) => (policy.refused, policy.refused),
        };
        let asked = error.retry_after().unwrap_or_default();
        let status = match &error {
            Error::OAuthProvider(error) => Some(error.status()),
            Error::Login(error) => error.api().map(ApiError::status),
            _ => None,
        };
        let limited = status == Some(StatusCode::TOO_MANY_REQUESTS);
        let least = if limited { asked.max(policy.first) } else { asked };
        Self {
            error,
            at: now,
            with_token: jitter::scaled(with_token, spread).max(least),
            without_token: jitter::scaled(without_token, spread).max(least),
        }
    }

    /// The same, and somewhat longer: it may be this process alone that does not get through, and then another one of the fleet
    /// has to have its turn before it.
    pub(crate) fn behind_others(mut self) -> Self {
        for pause in [&mut self.with_token, &mut self.without_token] {
            *pause += (*pause).min(COURTESY);
        }
        self
    }

    /// Until when callers who have nothing are given the remembered error.
    pub(crate) fn silences_callers_until(&self) -> Timestamp {
        self.at.plus(self.without_token)
    }

    /// Until when no renewal is started while a valid token is served.
    pub(crate) fn pauses_renewal_until(&self) -> Timestamp {
        self.at.plus(self.with_token)
    }

    pub(crate) fn silences_callers(&self, now: Timestamp) -> bool {
        now.since_boot() < self.silences_callers_until().since_boot()
    }

    pub(crate) fn pauses_renewal(&self, now: Timestamp) -> bool {
        now.since_boot() < self.pauses_renewal_until().since_boot()
    }

    /// Whether the server has failed so lately that one attempt is enough to see whether it still does.
    pub(crate) fn is_recent(&self, now: Timestamp) -> bool {
        self.error.refusal() == Refusal::None && now.elapsed_since(self.at) < RECENT
    }

    /// Whether other credentials would be a reason to try at once.
    pub(crate) fn ends_with_new_credentials(&self) -> bool {
        self.error.refusal() != Refusal::None && self.error.retry_after().is_none()
    }
}

/// What an API's refusals say about renewing: when a fresh token is refused as well, the token was not the reason.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    streak: u32,
    until: Option<Timestamp>,
}

/// The first pause after a refused replay; doubles up to [`LONGEST_PAUSE`].
pub(super) const FIRST_PAUSE: Duration = Duration::from_secs(5);
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(60);

impl Refusals {
    /// Whether a 401 starts no renewal now.
    pub(crate) fn suppress(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| now.since_boot() < until.since_boot())
    }

    /// A freshly renewed token was refused too.
    pub(crate) fn replay_refused(&mut self, now: Timestamp) {
        if self.suppress(now) {
            return;
        }
        if self.until.is_some_and(|until| now.elapsed_since(until) > LONGEST_PAUSE) {
            self.streak = 0;
        }
        let pause = FIRST_PAUSE.saturating_mul(1 << self.streak.min(8)).min(LONGEST_PAUSE);
        self.streak += 1;
        self.until = Some(now.plus(pause));
    }

    /// Another process has found that fresh tokens are refused, and until when that counts.
    pub(crate) fn suppress_until(&mut self, until: Timestamp) {
        if self.until.is_none_or(|known| known.since_boot() < until.since_boot()) {
            self.until = Some(until);
        }
    }

    /// A freshly renewed token was accepted.
    pub(crate) fn replay_accepted(&mut self) {
        *self = Self::default();
    }
}

/// How many of an API's refusals lead to a renewal, whatever becomes of the new token: an API that refuses each token after its first use
/// would otherwise cost a token request for every call.
#[derive(Debug, Default)]
pub(crate) struct RejectionBudget {
    /// When all that was spent has come back.
    full_again: Option<Timestamp>,
}

/// So many at once,
const REJECTIONS_AT_ONCE: u32 = 5;
/// and one more each time that so much has passed.
const REJECTION_EVERY: Duration = LONGEST_PAUSE;

impl RejectionBudget {
    /// Whether one more is left.
    pub(crate) fn spend(&mut self, now: Timestamp) -> bool {
        let spent = self.full_again.map_or(Duration::ZERO, |until| until.elapsed_since(now));
        let spent = spent.saturating_add(REJECTION_EVERY);
        if spent > REJECTION_EVERY * REJECTIONS_AT_ONCE {
            return false;
        }
        self.full_again = Some(now.plus(spent));
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn refusals_lead_to_five_renewals_at_once_and_one_a_minute_after_that() {
        let start = Timestamp::new(UNIX_EPOCH, Duration::from_secs(1000));
        let mut budget = RejectionBudget::default();
        let mut spent = |second| budget.spend(start.plus(Duration::from_secs(second)));
        let spending: Vec<_> = (0..3600).filter(|second| spent(*second)).collect();
        let expected: Vec<_> = (0..5).chain((60..3600).step_by(60)).collect();
        assert_eq!(spending, expected);
        // Saved up again, and no more than that.
        let later = 100_000;
        assert_eq!((later..later + 30).filter(|second| spent(*second)).count(), 5);
    }
}
