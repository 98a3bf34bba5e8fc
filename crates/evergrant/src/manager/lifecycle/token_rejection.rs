//! Handles rejections of tokens by APIs.

use std::sync::Arc;
use std::time::Duration;

use super::{EntryResult, Lifecycle, MAX_RESTARTS, Mode, Validity};
use crate::events;
use crate::manager::backoff::{FIRST_PAUSE, MAX_PAUSE, RenewalSuppression};
use crate::metrics;
use crate::token_generation::Generation;
use crate::token_rejection::{Rejection, ReplayOutcome};

/// Age up to which the rejection of a token that replaced a rejected one suppresses renewals.
const UNPROVEN_PERIOD: Duration = Duration::from_secs(5);

/// What to report after the lock is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effects {
    None,
    Rejected,
    /// Fresh tokens are rejected too, or too many in a row: rejections start no renewal for a while.
    Suppressed,
}

/// Whether a replaced token is reported as rejected.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Report {
    Rejection,
    Nothing,
}

impl Lifecycle {
    pub(in crate::manager) fn reject(&self, generation: Generation) -> Rejection {
        let (rejection, effects) = self.apply_rejection(generation);
        self.report(effects, generation);
        metrics::rejected(rejection);
        rejection
    }

    pub(in crate::manager) fn report_replay(&self, generation: Generation, outcome: ReplayOutcome) {
        self.report(self.apply_replay(generation, outcome), generation);
        metrics::replayed(outcome);
    }

    /// Replaces the token at the request of a user or an operator, regardless of earlier rejections.
    pub(in crate::manager) async fn replace(self: &Arc<Self>, generation: Generation) -> EntryResult {
        self.replace_with(generation, Report::Rejection).await
    }

    /// Replaces the token of this generation, whose key the client no longer holds.
    pub(in crate::manager) async fn replace_unusable(self: &Arc<Self>, generation: Generation) -> EntryResult {
        self.replace_with(generation, Report::Nothing).await
    }

    async fn replace_with(self: &Arc<Self>, generation: Generation, report: Report) -> EntryResult {
        let mut restarts = 0;
        loop {
            if let Some(coordinator) = &self.coordinator
                && self.policy.mode == Mode::Automatic
            {
                coordinator.end_rejection_pause().await;
            }
            if self.discard(generation) && report == Report::Rejection {
                events::rejected(&self.client, generation);
                metrics::rejected(Rejection::Accepted);
            }
            let result = self.acquire(Validity::Now).await;
            // Another process may have started a suppression, in which the old token is served.
            let is_old = result.as_ref().is_ok_and(|entry| entry.generation() == generation);
            if !is_old || self.policy.mode == Mode::Manual || restarts == MAX_RESTARTS {
                return result;
            }
            restarts += 1;
        }
    }

    /// Discards the token of this generation, if it is the current one. Returns whether it was.
    fn discard(&self, generation: Generation) -> bool {
        let mut state = self.lock();
        let current = self.slot.get().filter(|entry| entry.generation() == generation);
        if current.is_none() || self.policy.mode == Mode::Manual {
            return false;
        }
        state.suppression = RenewalSuppression::default();
        self.slot.set(None);
        state.rejected = true;
        state.rejections += 1;
        true
    }

    fn apply_rejection(&self, generation: Generation) -> (Rejection, Effects) {
        let now = self.runtime.now();
        let mut state = self.lock();
        let Some(entry) = self.slot.get().filter(|entry| entry.generation() == generation) else {
            return (Rejection::Superseded, Effects::None);
        };
        if self.policy.mode == Mode::Manual || state.suppression.is_active(now) {
            return (Rejection::Suppressed, Effects::None);
        }
        // For callers that do not report replays: a token that has just replaced a rejected one is rejected too.
        let issued = entry.token().issued();
        if entry.is_unproven() && issued.is_some_and(|at| now.elapsed_since(at) < UNPROVEN_PERIOD) {
            state.suppression.record_rejected_replay(now);
            return (Rejection::Suppressed, Effects::Suppressed);
        }
        // For an API that accepts each new token once and then rejects it.
        if !state.rejection_budget.try_spend(now) {
            state.suppression.record_rejected_replay(now);
            return (Rejection::Suppressed, Effects::Suppressed);
        }
        self.slot.set(None);
        state.rejected = true;
        state.rejections += 1;
        (Rejection::Accepted, Effects::Rejected)
    }

    fn report(&self, effects: Effects, generation: Generation) {
        match effects {
            Effects::None => {}
            Effects::Rejected => events::rejected(&self.client, generation),
            Effects::Suppressed => {
                events::renewal_suppressed(&self.client, generation);
                if let Some(coordinator) = &self.coordinator {
                    coordinator.record_rejected_replay(FIRST_PAUSE, MAX_PAUSE);
                }
            }
        }
    }

    fn apply_replay(&self, generation: Generation, outcome: ReplayOutcome) -> Effects {
        let now = self.runtime.now();
        let mut state = self.lock();
        let Some(entry) = self.slot.get().filter(|entry| entry.generation() == generation) else {
            return Effects::None;
        };
        match outcome {
            ReplayOutcome::Accepted => {
                entry.mark_proven();
                state.suppression.replay_accepted();
                Effects::None
            }
            ReplayOutcome::Rejected if state.suppression.is_active(now) => Effects::None,
            ReplayOutcome::Rejected => {
                state.suppression.record_rejected_replay(now);
                Effects::Suppressed
            }
        }
    }
}
