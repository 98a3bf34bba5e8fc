//! What an API's refusals change.

use std::sync::Arc;
use std::time::Duration;

use super::{Lifecycle, Need, Outcome, RESTARTS, Style};
use crate::manager::backoff::{FIRST_PAUSE, LONGEST_PAUSE, Refusals};
use crate::manager::events;
use crate::metrics;
use crate::token::Generation;

/// What an API's refusal of a token led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// The token is no longer served; the next call fetches a new one.
    Accepted,
    /// A newer token is there already, or on its way. Nothing changed.
    Superseded,
    /// Nothing changed: fresh tokens are being refused as well, so that the token is not the reason; or too many tokens have been
    /// refused of late, as described at [`TokenManager::reject`](crate::TokenManager::reject); or the application renews tokens by
    /// itself.
    Suppressed,
}

/// How the API answered when a request was repeated with a new token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayOutcome {
    /// It no longer complained of the token.
    Accepted,
    /// It refused the new token too.
    Refused,
}

/// A token this young that replaced a refused one is not taken for revoked when it is refused too.
const UNPROVEN: Duration = Duration::from_secs(5);

/// To be told once the lock is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    Nothing,
    Rejected,
    /// Fresh tokens are refused as well, or one after the other.
    Suppressed,
}

impl Lifecycle {
    pub(in crate::manager) fn reject(&self, generation: Generation) -> Rejection {
        let (rejection, news) = self.judge(generation);
        self.tell(news, generation);
        metrics::rejected(rejection);
        rejection
    }

    pub(in crate::manager) fn replayed(&self, generation: Generation, outcome: ReplayOutcome) {
        self.tell(self.judge_replay(generation, outcome), generation);
        metrics::replayed(outcome);
    }

    /// Somebody insists on another token: what refusals have come to so far does not count.
    pub(in crate::manager) async fn replace(self: &Arc<Self>, generation: Generation) -> Outcome {
        let mut restarts = 0;
        loop {
            if let Some(fleet) = self
                .source
                .fleet
                .as_ref()
                .filter(|_| self.policy.style == Style::Automatic)
            {
                fleet.end_pause().await;
            }
            if self.discard(generation) {
                events::rejected(&self.client, generation);
                metrics::rejected(Rejection::Accepted);
            }
            let outcome = self.obtain(Need::Valid).await;
            // Another process may have begun a pause meanwhile, in which it serves the old token.
            let is_old = outcome.as_ref().is_ok_and(|entry| entry.generation() == generation);
            if !is_old || self.policy.style == Style::Manual || restarts == RESTARTS {
                return outcome;
            }
            restarts += 1;
        }
    }

    /// Whether it was the current one, which is no longer served.
    fn discard(&self, generation: Generation) -> bool {
        let mut state = self.lock();
        let current = self.slot.get().filter(|entry| entry.generation() == generation);
        if current.is_none() || self.policy.style == Style::Manual {
            return false;
        }
        state.refusals = Refusals::default();
        self.slot.set(None);
        state.rejected = true;
        state.rejections += 1;
        true
    }

    pub(in crate::manager) fn has_newer(&self, generation: Generation) -> bool {
        self.slot.get().is_some_and(|entry| entry.generation() > generation)
    }

    fn judge(&self, generation: Generation) -> (Rejection, News) {
        let now = self.runtime.now();
        let mut state = self.lock();
        let Some(entry) = self.slot.get().filter(|entry| entry.generation() == generation) else {
            return (Rejection::Superseded, News::Nothing);
        };
        if self.policy.style == Style::Manual || state.refusals.suppress(now) {
            return (Rejection::Suppressed, News::Nothing);
        }
        // For a caller that reports no replay: a token that has just replaced a refused one is refused as well.
        let issued = entry.token().issued();
        if entry.is_unproven() && issued.is_some_and(|at| now.elapsed_since(at) < UNPROVEN) {
            state.refusals.replay_refused(now);
            return (Rejection::Suppressed, News::Suppressed);
        }
        // An API that takes the new token each time, and refuses it the next.
        if !state.budget.spend(now) {
            state.refusals.replay_refused(now);
            return (Rejection::Suppressed, News::Suppressed);
        }
        self.slot.set(None);
        state.rejected = true;
        state.rejections += 1;
        (Rejection::Accepted, News::Rejected)
    }

    fn tell(&self, news: News, generation: Generation) {
        match news {
            News::Nothing => {}
            News::Rejected => events::rejected(&self.client, generation),
            News::Suppressed => {
                events::renewal_suppressed(&self.client, generation);
                if let Some(fleet) = &self.source.fleet {
                    fleet.replay_refused(FIRST_PAUSE, LONGEST_PAUSE);
                }
            }
        }
    }

    fn judge_replay(&self, generation: Generation, outcome: ReplayOutcome) -> News {
        let now = self.runtime.now();
        let mut state = self.lock();
        let Some(entry) = self.slot.get().filter(|entry| entry.generation() == generation) else {
            return News::Nothing;
        };
        match outcome {
            ReplayOutcome::Accepted => {
                entry.prove();
                state.refusals.replay_accepted();
                News::Nothing
            }
            ReplayOutcome::Refused if state.refusals.suppress(now) => News::Nothing,
            ReplayOutcome::Refused => {
                state.refusals.replay_refused(now);
                News::Suppressed
            }
        }
    }
}
