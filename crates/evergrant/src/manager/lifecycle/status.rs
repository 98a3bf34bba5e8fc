//! Snapshots of the lifecycle's state, for [`Status`] and for a manager that is kept warm.

use std::sync::Arc;
use std::time::Duration;

use super::Lifecycle;
use crate::manager::cached_token::Entry;
use crate::manager::status::{Status, TokenState};
use crate::runtime::Timestamp;
use crate::token_generation::Generation;

/// Maximum pause between fetches of a manager that is kept warm and has no token, unless callers fail fast for longer.
const MAX_PAUSE_WITHOUT_TOKEN: Duration = Duration::from_secs(5);

impl Lifecycle {
    pub(in crate::manager) fn status(&self) -> Status {
        let now = self.runtime.now();
        let state = self.lock();
        let entry = self.slot.get();
        let valid = entry.as_ref().filter(|entry| entry.is_valid(now));
        let due = |entry: &Arc<Entry>| entry.deadlines().soft.is_some_and(|soft| now.has_reached(soft));
        Status {
            state: match (&entry, valid) {
                (None, _) => TokenState::Missing,
                (Some(_), None) => TokenState::Expired,
                (Some(_), Some(entry)) if due(entry) => TokenState::RenewalDue,
                (Some(_), Some(_)) => TokenState::Valid,
            },
            generation: state.generation,
            expires_at: valid.and_then(|entry| entry.token().expires_at()),
            valid_for: valid
                .and_then(|entry| entry.deadlines().hard)
                .map(|hard| now.until(hard)),
            fetching: self.flight(&state, now).is_some(),
            last_error: state.failure.as_ref().map(|failure| failure.error.clone()),
            tokens_fetched: state.tokens_fetched,
            tokens_adopted: state.tokens_adopted,
            fetches_failed: state.fetches_failed,
            rejections: state.rejections,
        }
    }

    pub(in crate::manager) fn has_newer(&self, generation: Generation) -> bool {
        self.slot.get().is_some_and(|entry| entry.generation() > generation)
    }

    /// Returns how long a manager that is kept warm can sleep.
    pub(in crate::manager) fn time_until_action(&self) -> Duration {
        let now = self.runtime.now();
        let state = self.lock();
        let entry = self.slot.get().filter(|entry| entry.is_valid(now));
        match (&entry, &state.failure) {
            (Some(entry), Some(failure)) => {
                let expired = entry.deadlines().hard.map_or(Duration::MAX, |hard| now.until(hard));
                now.until(failure.pauses_renewal_until()).min(expired)
            }
            // No caller waits, so the pause grows as between renewals. After a failure in application code, callers do
            // not fail fast, but a pause is needed here.
            (None, Some(failure)) => {
                let pause = now.until(failure.pauses_renewal_until()).min(MAX_PAUSE_WITHOUT_TOKEN);
                let fails_fast = now.until(failure.fails_fast_until());
                pause.max(fails_fast).max(self.policy.backoff.first)
            }
            (Some(entry), None) => {
                let deadlines = entry.deadlines();
                let until = |deadline: Option<Timestamp>| deadline.map_or(Duration::MAX, |due| now.until(due));
                let due = until(deadlines.soft.or(deadlines.hard));
                match self.flight(&state, now) {
                    Some(_) => due,
                    // Another process may be fetching.
                    None => due.max(entry.renewal_pause(now)).min(until(deadlines.hard)),
                }
            }
            (None, None) => self.policy.backoff.first,
        }
    }
}
