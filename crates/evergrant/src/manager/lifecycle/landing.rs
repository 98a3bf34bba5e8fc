//! What a flight's end changes.

use std::sync::Arc;
use std::time::Duration;

use super::{Lifecycle, State};
use crate::error::Error;
use crate::manager::backoff::Setback;
use crate::manager::deadline::{Deadlines, LifetimePolicy, Renewal};
use crate::manager::entry::Entry;
use crate::manager::events;
use crate::manager::flight::{Landing, Outcome};
use crate::manager::updates::Announcement;
use crate::runtime::Timestamp;
use crate::token::{Generation, Token};

/// While a token is served, how often an application is asked whether its refused credentials have changed.
const CREDENTIAL_CHECK: Duration = Duration::from_secs(1);

/// What the outside world is told of a landing, once the lock is free.
enum News {
    Nothing,
    Renewed {
        entry: Arc<Entry>,
        announcement: Announcement,
    },
    Failed {
        error: Error,
        quiet: Duration,
        served: Option<Generation>,
    },
}

impl Lifecycle {
    /// `None` when the flight was given up long ago.
    pub(in crate::manager) fn land(&self, id: u64, landing: Landing) -> Option<Outcome> {
        let now = self.runtime.now();
        let (outcome, news, took) = {
            let mut state = self.lock();
            let flight = state.flight.take_if(|flight| flight.id == id)?;
            let (outcome, news) = self.settle(&mut state, landing, now);
            (outcome, news, now.elapsed_since(flight.started))
        };
        match news {
            News::Nothing => {}
            News::Renewed { entry, announcement } => {
                events::renewed(&self.client, entry.generation(), took, entry.deadlines().lifetime);
                self.updates.announce(announcement, &self.runtime);
            }
            News::Failed { error, quiet, served } => {
                events::failed(&self.client, &error, took, quiet);
                if let Some(generation) = served {
                    events::served_stale(&self.client, generation, &error);
                }
            }
        }
        Some(outcome)
    }

    fn settle(&self, state: &mut State, landing: Landing, now: Timestamp) -> (Outcome, News) {
        let aborted = || Error::Aborted(Arc::clone(&self.client));
        let error = match landing {
            Landing::Token(token) => match self.install(state, &token, now) {
                Some((entry, announcement)) => {
                    let news = News::Renewed {
                        entry: Arc::clone(&entry),
                        announcement,
                    };
                    return (Ok(entry), news);
                }
                None => aborted(),
            },
            Landing::NothingNew(error) => {
                self.pause_renewal(now.plus(CREDENTIAL_CHECK));
                return (Err(error), News::Nothing);
            }
            Landing::Aborted => {
                self.pause_renewal(now);
                return (Err(aborted()), News::Nothing);
            }
            Landing::Failed(error) => error,
            Landing::Panicked => Error::Panicked(Arc::clone(&self.client)),
        };
        if matches!(error, Error::SignInRequired(_)) {
            state.last = state.last.take().map(Token::without_refresh_token);
            state.signed_out = Some(error.clone());
        }
        state.failures = state.failures.saturating_add(1);
        state.fetches_failed += 1;
        let setback = Setback::new(error.clone(), state.failures, now, &self.policy.quiet);
        let served = self.slot.get().filter(|entry| entry.is_valid(now));
        let quiet_until = match &served {
            Some(_) => setback.pauses_renewal_until(),
            None => setback.silences_callers_until(),
        };
        self.pause_renewal(setback.pauses_renewal_until());
        state.setback = Some(setback);
        let news = News::Failed {
            error: error.clone(),
            quiet: quiet_until.elapsed_since(now),
            served: served.map(|entry| entry.generation()),
        };
        (Err(error), news)
    }

    fn install(&self, state: &mut State, token: &Token, now: Timestamp) -> Option<(Arc<Entry>, Announcement)> {
        let deadlines = Deadlines::of(token, now, &self.lifetime_policy(token), state.last_lifetime);
        let generation = Generation(state.generation.0 + 1);
        let token = token.with_generation(generation);
        let entry = Arc::new(Entry::new(token.clone(), deadlines, state.rejected, now)?);
        state.generation = generation;
        state.last = Some(token.clone());
        state.last_lifetime = deadlines.lifetime.or(state.last_lifetime);
        state.setback = None;
        state.signed_out = None;
        state.failures = 0;
        state.tokens_obtained += 1;
        if entry.was_cached() {
            state.rejected = false;
            self.slot.set(Some(Arc::clone(&entry)));
        } else {
            // Good for those who wait, and for nobody else.
            self.pause_renewal(now.plus(self.policy.quiet.first));
        }
        Some((entry, self.updates.enqueue(token)))
    }

    /// A token that nothing can be had in place of is served to its end.
    fn lifetime_policy(&self, token: &Token) -> LifetimePolicy {
        let mut policy = self.policy.lifetime;
        if !self.source.can_obtain(Some(token)) {
            policy.renewal = Renewal::WhenExpired;
        }
        policy
    }

    /// Takes the token of a user who has just signed in. A flight under way asked for the user before.
    #[cfg(feature = "sign-in")]
    pub(in crate::manager) fn adopt(&self, token: &Token) -> Option<Token> {
        let now = self.runtime.now();
        let (entry, announcement, superseded) = {
            let mut state = self.lock();
            let superseded = state.flight.take();
            // Another user's refusals.
            state.refusals = Default::default();
            state.rejected = false;
            let (entry, announcement) = self.install(&mut state, token, now)?;
            (entry, announcement, superseded)
        };
        drop(superseded);
        events::signed_in(&self.client, entry.generation());
        self.updates.announce(announcement, &self.runtime);
        Some(entry.token().clone())
    }

    pub(super) fn install_preset(&self, token: &Token) {
        let now = self.runtime.now();
        let installed = {
            let mut state = self.lock();
            let deadlines = Deadlines::of(token, now, &self.lifetime_policy(token), None);
            state.generation = Generation(1);
            let token = token.with_generation(state.generation);
            state.last = Some(token.clone());
            state.last_lifetime = deadlines.lifetime;
            let entry = Entry::new(token, deadlines, false, now).filter(Entry::was_cached);
            let installed = entry.is_some();
            self.slot.set(entry.map(Arc::new));
            installed
        };
        if !installed {
            events::preset_expired(&self.client);
        }
    }
}
