//! What a flight's end changes.

use std::sync::Arc;
use std::time::Duration;

use super::{Lifecycle, State};
use crate::error::Error;
use crate::manager::backoff::Setback;
use crate::manager::deadline::{Deadlines, LifetimePolicy, Renewal};
use crate::manager::entry::Entry;
use crate::manager::events;
use crate::manager::flight::{Landed, Landing, Outcome};
use crate::manager::updates::Announcement;
use crate::runtime::Timestamp;
use crate::token::{Generation, Token};

/// While a token is served, how often an application is asked whether its refused credentials have changed.
const CREDENTIAL_CHECK: Duration = Duration::from_secs(1);

/// What the outside world is told of a landing, once the lock is free.
enum News {
    Nothing,
    Refused(Generation),
    Renewed {
        entry: Arc<Entry>,
        announcement: Announcement,
        origin: Origin,
    },
    Failed {
        error: Error,
        quiet: Duration,
        served: Option<Generation>,
    },
}

/// Which process fetched a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Ours,
    Fleet,
}

impl Lifecycle {
    pub(in crate::manager) fn land(&self, id: u64, landing: Landing) -> Landed {
        let now = self.runtime.now();
        let (outcome, news, reason, took) = {
            let mut state = self.lock();
            let flight = state.flight.take_if(|flight| flight.has(id));
            let Some(mut flight) = flight else {
                return Landed::Nowhere;
            };
            if flight.goes_on_without(id, &landing) {
                state.flight = Some(flight);
                return Landed::Elsewhere;
            }
            let (outcome, news) = self.settle(&mut state, landing, now);
            (outcome, news, flight.reason, now.elapsed_since(flight.started))
        };
        match news {
            News::Nothing => {}
            News::Refused(generation) => events::rejected(&self.client, generation),
            News::Renewed {
                entry,
                announcement,
                origin,
            } => {
                let lifetime = entry.deadlines().lifetime;
                match origin {
                    Origin::Ours => events::renewed(&self.client, reason, entry.generation(), took, lifetime),
                    Origin::Fleet => events::adopted(&self.client, reason, entry.generation(), took),
                }
                self.updates.announce(announcement, &self.runtime);
            }
            News::Failed { error, quiet, served } => {
                events::failed(&self.client, reason, &error, took, quiet);
                if let Some(generation) = served {
                    events::served_stale(&self.client, generation, &error);
                }
            }
        }
        Landed::Here(outcome)
    }

    fn settle(&self, state: &mut State, landing: Landing, now: Timestamp) -> (Outcome, News) {
        let aborted = || Error::Aborted(Arc::clone(&self.client));
        let mut put_in = |token: &Token, origin| {
            let (entry, announcement) = self.install(state, token, origin, now)?;
            let news = News::Renewed {
                entry: Arc::clone(&entry),
                announcement,
                origin,
            };
            Some((Ok(entry), news))
        };
        let error = match landing {
            Landing::Token(token) => match put_in(&token, Origin::Ours) {
                // Those who wait start over.
                Some((Ok(entry), news)) if self.is_outlived(&entry, now) => return (Err(aborted()), news),
                Some(settled) => return settled,
                None => aborted(),
            },
            Landing::Adopted(token) => match put_in(&token, Origin::Fleet) {
                Some(settled) => return settled,
                None => aborted(),
            },
            Landing::Later(pause) => {
                self.pause_renewal(now.plus(pause));
                // Those who wait by now start over.
                return (Err(aborted()), News::Nothing);
            }
            Landing::Refused => {
                let refused = self.slot.get();
                self.slot.set(None);
                state.rejected = true;
                let news = refused.map_or(News::Nothing, |entry| News::Refused(entry.generation()));
                return (Err(aborted()), news);
            }
            Landing::NothingNew(error) => {
                self.pause_renewal(now.plus(CREDENTIAL_CHECK));
                // A renewal is put off for longer than callers without a token are: such a one may ask anew.
                let silent = state
                    .setback
                    .as_ref()
                    .is_some_and(|setback| setback.silences_callers(now));
                return (Err(if silent { error } else { aborted() }), News::Nothing);
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
        if !matches!(error, Error::Fleet(_)) {
            state.failures = state.failures.saturating_add(1);
            state.fetches_failed += 1;
        }
        let mut setback = Setback::new(error.clone(), state.failures, now, &self.policy.quiet);
        if self.source.fleet.is_some() && matches!(error, Error::Unreachable(_) | Error::Timeout(_)) {
            setback = setback.behind_others();
        }
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

    /// Whether the process was stopped for so long while the token was on its way that it has expired. Without a stop,
    /// the request's own limit would have ended it before.
    fn is_outlived(&self, entry: &Entry, now: Timestamp) -> bool {
        let token = entry.token();
        let settings = self.source.exchange.settings();
        let limit = match self.source.may_rotate(Some(token)) {
            true => settings.flight_timeout,
            false => settings.attempt_timeout,
        };
        let was_good = entry.deadlines().lifetime.is_some_and(|lifetime| !lifetime.is_zero());
        let took = token.requested_at().map(|at| now.elapsed_since(at));
        was_good && !entry.is_valid(now) && took.is_some_and(|took| took > limit)
    }

    fn install(
        &self,
        state: &mut State,
        token: &Token,
        origin: Origin,
        now: Timestamp,
    ) -> Option<(Arc<Entry>, Announcement)> {
        let deadlines = Deadlines::of(token, now, &self.lifetime_policy(token), state.last_lifetime);
        // One that the fleet has no other for, though it was refused here, is not a new one.
        let known = state
            .last
            .as_ref()
            .filter(|last| origin == Origin::Fleet && last.is_shared_as(token));
        let is_new = known.is_none();
        let generation = known.map_or(Generation(state.generation.0 + 1), Token::generation);
        let token = token.with_generation(generation);
        let unproven = match origin {
            Origin::Ours => state.rejected,
            Origin::Fleet => token.share().is_some_and(|share| share.unproven),
        };
        let pause = token.share().and_then(|share| share.pause);
        let listener = self.source.fleet.as_ref().and_then(|fleet| fleet.listener());
        let entry = Entry::new(token.clone(), deadlines, unproven, now)?;
        let entry = Arc::new(entry.with_news(listener, state.seen));
        state.generation = generation;
        state.last = Some(token.clone());
        state.last_lifetime = deadlines.lifetime.or(state.last_lifetime);
        state.setback = None;
        state.signed_out = None;
        state.failures = 0;
        if let Some(until) = pause {
            state.refusals.suppress_until(until);
        }
        match origin {
            Origin::Ours => state.tokens_obtained += 1,
            Origin::Fleet => state.tokens_adopted += u64::from(is_new),
        }
        if entry.was_cached() {
            state.rejected = false;
            self.slot.set(Some(Arc::clone(&entry)));
        } else {
            // Good for those who wait, and for nobody else.
            self.pause_renewal(now.plus(self.policy.quiet.first));
        }
        let announcement = match origin {
            Origin::Ours => self.updates.enqueue(token),
            // The process that fetched it has told its application.
            Origin::Fleet => Announcement::for_subscribers(token),
        };
        Some((entry, announcement))
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
            state.budget = Default::default();
            state.rejected = false;
            let (entry, announcement) = self.install(&mut state, token, Origin::Ours, now)?;
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
            let listener = self.source.fleet.as_ref().and_then(|fleet| fleet.listener());
            let entry = Entry::new(token, deadlines, false, now).filter(Entry::was_cached);
            let entry = entry.map(|entry| entry.with_news(listener, self.changes()));
            let installed = entry.is_some();
            self.slot.set(entry.map(Arc::new));
            installed
        };
        if !installed {
            events::preset_expired(&self.client);
        }
    }
}
