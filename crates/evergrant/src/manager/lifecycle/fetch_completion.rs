//! Completion of a flight (a shared fetch): applies its outcome and reports it.

use std::sync::Arc;
use std::time::Duration;

use super::{EntryResult, Lifecycle, State};
use crate::error::Error;
use crate::events;
use crate::manager::backoff::CachedFailure;
use crate::manager::cached_token::Entry;
use crate::manager::fetch::{FetchOutcome, FetchedBy};
use crate::manager::token_deadlines::{Deadlines, LifetimePolicy, Renewal};
use crate::manager::update_notifications::Announcement;
use crate::runtime::Timestamp;
use crate::store::{ChangeListener, Lease};
use crate::token::Token;
use crate::token_generation::Generation;

/// Interval between checks whether rejected credentials have changed, while a token is served.
const CREDENTIAL_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// What to report after the lock is released.
enum Effects {
    None,
    Rejected(Generation),
    SignedOut(Generation),
    Renewed {
        entry: Arc<Entry>,
        announcement: Announcement,
        fetched_by: FetchedBy,
        /// The lease with which the token of a user could not be saved.
        unsaved: Option<Lease>,
    },
    Failed {
        error: Error,
        pause: Duration,
        served: Option<Generation>,
    },
}

impl Lifecycle {
    /// Ends the flight that this task belongs to, and returns the result to its callers. Returns whether another task
    /// continues the flight instead.
    pub(super) fn complete(self: &Arc<Self>, task: u64, outcome: FetchOutcome) -> bool {
        let now = self.runtime.now();
        let (flight, result, effects) = {
            let mut state = self.lock();
            let flight = state.flight.take_if(|flight| flight.has_task(task));
            let Some(mut flight) = flight else {
                return false;
            };
            if flight.continues_without(task, &outcome) {
                state.flight = Some(flight);
                return true;
            }
            let (result, effects) = self.apply_outcome(&mut state, outcome, now);
            (flight, result, effects)
        };
        let (reason, took) = (flight.reason(), now.elapsed_since(flight.started()));
        match effects {
            Effects::None => {}
            Effects::Rejected(generation) => events::rejected(&self.client, generation),
            Effects::SignedOut(generation) => events::signed_out(&self.client, generation),
            Effects::Renewed {
                entry,
                announcement,
                fetched_by,
                unsaved,
            } => {
                let lifetime = entry.deadlines().lifetime;
                match fetched_by {
                    FetchedBy::ThisProcess => {
                        events::renewed(&self.client, reason, entry.generation(), took, lifetime);
                    }
                    FetchedBy::AnotherProcess => events::adopted(&self.client, reason, entry.generation(), took),
                }
                self.updates.announce(announcement, &self.runtime);
                if let Some(lease) = unsaved {
                    self.save_later(lease, entry.token().clone(), now);
                }
            }
            Effects::Failed { error, pause, served } => {
                events::fetch_failed(&self.client, reason, &error, took, pause);
                if let Some(generation) = served {
                    events::served_stale(&self.client, generation, &error);
                }
            }
        }
        flight.result().set(result);
        false
    }

    fn apply_outcome(&self, state: &mut State, outcome: FetchOutcome, now: Timestamp) -> (EntryResult, Effects) {
        // Makes the callers start over.
        let aborted = || Err(Error::Aborted(Arc::clone(&self.client)));
        match outcome {
            FetchOutcome::Token(token, fetched_by) => self.apply_token(state, &token, fetched_by, None, now),
            FetchOutcome::Unsaved(token, lease) => {
                self.apply_token(state, &token, FetchedBy::ThisProcess, Some(lease), now)
            }
            FetchOutcome::SignedOut => self.apply_sign_out(state, now),
            FetchOutcome::Rejected => {
                let rejected = self.slot.get();
                self.slot.set(None);
                state.rejected = true;
                let effects = rejected.map_or(Effects::None, |entry| Effects::Rejected(entry.generation()));
                (aborted(), effects)
            }
            FetchOutcome::Deferred(pause) => {
                self.pause_renewal(now.plus(pause));
                (aborted(), Effects::None)
            }
            FetchOutcome::Unchanged(error) => {
                self.pause_renewal(now.plus(CREDENTIAL_CHECK_INTERVAL));
                // Renewals pause for longer than callers without a token fail fast, so such a caller may fetch again.
                let fails_fast = state.failure.as_ref().is_some_and(|failure| failure.fails_fast(now));
                (if fails_fast { Err(error) } else { aborted() }, Effects::None)
            }
            FetchOutcome::Aborted => {
                self.pause_renewal(now);
                (aborted(), Effects::None)
            }
            FetchOutcome::Failed(error) => self.apply_failure(state, error, now),
        }
    }

    fn apply_token(
        &self,
        state: &mut State,
        token: &Token,
        fetched_by: FetchedBy,
        unsaved: Option<Lease>,
        now: Timestamp,
    ) -> (EntryResult, Effects) {
        let Some((entry, announcement)) = self.install(state, token, fetched_by, now) else {
            return self.apply_failure(state, Error::Aborted(Arc::clone(&self.client)), now);
        };
        let expired = fetched_by == FetchedBy::ThisProcess && self.expired_in_transit(&entry, now);
        let result = match expired {
            // Makes the callers start over.
            true => Err(Error::Aborted(Arc::clone(&self.client))),
            false => Ok(Arc::clone(&entry)),
        };
        let effects = Effects::Renewed {
            entry,
            announcement,
            fetched_by,
            unsaved,
        };
        (result, effects)
    }

    /// Discards the token of a user whose record is missing. Until the record changes, calls fail fast.
    fn apply_sign_out(&self, state: &mut State, now: Timestamp) -> (EntryResult, Effects) {
        let served = self.slot.get();
        self.forget(state);
        let error = self.sign_in_required(state);
        state.failure = Some(CachedFailure::new(error.clone(), 1, now, &self.policy.backoff));
        let effects = served.map_or(Effects::None, |entry| Effects::SignedOut(entry.generation()));
        (Err(error), effects)
    }

    fn apply_failure(&self, state: &mut State, error: Error, now: Timestamp) -> (EntryResult, Effects) {
        if matches!(error, Error::SignInRequired(_)) {
            state.last = state.last.take().map(Token::without_refresh_token);
            state.signed_out = Some(error.clone());
        }
        if !matches!(error, Error::SharedFailure(_)) {
            state.failures = state.failures.saturating_add(1);
            state.fetches_failed += 1;
        }
        let mut failure = CachedFailure::new(error.clone(), state.failures, now, &self.policy.backoff);
        if self.coordinator.is_some() && matches!(error, Error::Unreachable(_) | Error::Timeout(_)) {
            failure = failure.with_extra_pause();
        }
        let served = self.slot.get().filter(|entry| entry.is_valid(now));
        let pause_until = match &served {
            Some(_) => failure.pauses_renewal_until(),
            None => failure.fails_fast_until(),
        };
        self.pause_renewal(failure.pauses_renewal_until());
        state.failure = Some(failure);
        let effects = Effects::Failed {
            error: error.clone(),
            pause: pause_until.elapsed_since(now),
            served: served.map(|entry| entry.generation()),
        };
        (Err(error), effects)
    }

    /// Returns whether the token expired during its request because the process was stopped. Otherwise the request's
    /// time limit would have ended it earlier.
    fn expired_in_transit(&self, entry: &Entry, now: Timestamp) -> bool {
        let token = entry.token();
        let settings = self.source.endpoint.settings();
        let limit = match self.may_rotate(Some(token)) {
            true => settings.fetch_timeout,
            false => settings.attempt_timeout,
        };
        let had_lifetime = entry.deadlines().lifetime.is_some_and(|lifetime| !lifetime.is_zero());
        let took = token.requested_at().map(|at| now.elapsed_since(at));
        had_lifetime && !entry.is_valid(now) && took.is_some_and(|took| took > limit)
    }

    fn install(
        &self,
        state: &mut State,
        token: &Token,
        fetched_by: FetchedBy,
        now: Timestamp,
    ) -> Option<(Arc<Entry>, Announcement)> {
        let deadlines = Deadlines::of(token, now, &self.lifetime_policy(token), state.last_lifetime);
        // An adopted token that was rejected here, but is still in use, is not new.
        let known = state
            .last
            .as_ref()
            .filter(|last| fetched_by == FetchedBy::AnotherProcess && last.is_same_stored_token(token));
        let is_new = known.is_none();
        let generation = known.map_or(Generation(state.generation.0 + 1), Token::generation);
        let token = token.with_generation(generation);
        let unproven = match fetched_by {
            FetchedBy::ThisProcess => state.rejected,
            FetchedBy::AnotherProcess => token.store_metadata().is_some_and(|metadata| metadata.unproven),
        };
        let pause = token.store_metadata().and_then(|metadata| metadata.pause);
        let listener = self.listener();
        let entry = Entry::new(token.clone(), deadlines, unproven, now, &self.keys())?;
        let entry = Arc::new(entry.watching_store(listener, state.changes_seen));
        state.generation = generation;
        state.last = Some(token.clone());
        state.last_lifetime = deadlines.lifetime.or(state.last_lifetime);
        state.failure = None;
        state.signed_out = None;
        state.failures = 0;
        if let Some(until) = pause {
            state.suppression.extend_to(until);
        }
        match fetched_by {
            FetchedBy::ThisProcess => state.tokens_fetched += 1,
            FetchedBy::AnotherProcess => state.tokens_adopted += u64::from(is_new),
        }
        if entry.was_cached() {
            state.rejected = false;
            self.slot.set(Some(Arc::clone(&entry)));
        } else {
            // Serves only the callers that wait for it.
            self.pause_renewal(now.plus(self.policy.backoff.first));
        }
        let announcement = match fetched_by {
            FetchedBy::ThisProcess => self.updates.enqueue(token),
            // The process that fetched the token calls its own callback.
            FetchedBy::AnotherProcess => Announcement::for_subscribers(token),
        };
        Some((entry, announcement))
    }

    fn listener(&self) -> Option<&ChangeListener> {
        self.coordinator.as_ref().and_then(|coordinator| coordinator.listener())
    }

    fn pause_renewal(&self, until: Timestamp) {
        if let Some(entry) = self.slot.get() {
            entry.pause_renewal(until);
        }
    }

    /// Serves a token that cannot be renewed until it expires.
    fn lifetime_policy(&self, token: &Token) -> LifetimePolicy {
        let mut policy = self.policy.lifetime;
        if !self.source.can_fetch(Some(token)) {
            policy.renewal = Renewal::WhenExpired;
        }
        policy
    }

    /// Installs the token of a user who has just signed in. A flight in progress is for the previous user and is
    /// dropped.
    pub(in crate::manager) fn adopt(&self, token: &Token) -> Option<Token> {
        let now = self.runtime.now();
        let (entry, announcement, superseded) = {
            let mut state = self.lock();
            let superseded = state.flight.take();
            // These count rejections of the previous user's tokens.
            state.suppression = Default::default();
            state.rejection_budget = Default::default();
            state.rejected = false;
            let (entry, announcement) = self.install(&mut state, token, FetchedBy::ThisProcess, now)?;
            (entry, announcement, superseded)
        };
        drop(superseded);
        events::signed_in(&self.client, entry.generation());
        self.updates.announce(announcement, &self.runtime);
        Some(entry.token().clone())
    }

    pub(super) fn install_initial_token(&self, token: &Token) {
        let now = self.runtime.now();
        let installed = {
            let mut state = self.lock();
            let deadlines = Deadlines::of(token, now, &self.lifetime_policy(token), None);
            state.generation = Generation(1);
            let token = token.with_generation(state.generation);
            state.last = Some(token.clone());
            state.last_lifetime = deadlines.lifetime;
            let listener = self.listener();
            let entry = Entry::new(token, deadlines, false, now, &self.keys()).filter(Entry::was_cached);
            let entry = entry.map(|entry| entry.watching_store(listener, self.changes()));
            let installed = entry.is_some();
            self.slot.set(entry.map(Arc::new));
            installed
        };
        if !installed {
            events::initial_token_expired(&self.client);
        }
    }
}
