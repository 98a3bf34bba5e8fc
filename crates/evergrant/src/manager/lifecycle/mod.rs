//! The life of one client's tokens: who is served, who waits, when a flight starts and what its landing changes.

mod admission;
mod landing;
mod refusal;

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use arc_swap::Guard;

use self::admission::Admission;
pub use self::refusal::{Rejection, ReplayOutcome};
use super::backoff::{QuietPolicy, Refusals, RejectionBudget, Setback};
use super::deadline::LifetimePolicy;
use super::entry::Entry;
use super::flight::{Flight, Outcome};
use super::provider::Source;
use super::slot::Slot;
use super::status::{Status, TokenState};
use super::updates::Updates;
use crate::error::{ClientContext, Error, TimeoutScope};
use crate::metrics::Wait;
use crate::runtime::{SharedRuntime, Timestamp};
use crate::sync::{Mutex, MutexGuard};
use crate::token::{Generation, Token};

/// Who fetches tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::manager) enum Style {
    /// The manager, whenever one is needed.
    Automatic,
    /// The application, by itself.
    Manual,
}

/// Everything that is settled when a manager is built.
#[derive(Debug, Clone, Copy)]
pub(in crate::manager) struct Policy {
    pub(in crate::manager) style: Style,
    pub(in crate::manager) lifetime: LifetimePolicy,
    pub(in crate::manager) quiet: QuietPolicy,
    pub(in crate::manager) max_wait: Duration,
}

/// What a caller needs of a token.
#[derive(Debug, Clone, Copy)]
pub(in crate::manager) enum Need {
    Valid,
    ValidFor(Duration),
}

pub(in crate::manager) struct Lifecycle {
    pub(in crate::manager) client: Arc<ClientContext>,
    pub(in crate::manager) source: Source,
    pub(in crate::manager) policy: Policy,
    pub(in crate::manager) runtime: SharedRuntime,
    pub(in crate::manager) updates: Updates,
    /// Held by the call that renews a user's token in manual style.
    pub(in crate::manager) turn: tokio::sync::Mutex<()>,
    slot: Slot,
    state: Mutex<State>,
}

/// All that changes; held for a moment at a time, and never across an `await`, a callback or an event: foreign code may look
/// at the manager.
#[derive(Default)]
pub(in crate::manager) struct State {
    flight: Option<Flight>,
    flights: u64,
    generation: Generation,
    pub(in crate::manager) last: Option<Token>,
    /// In manual style, the user's token that the application was given most recently.
    pub(in crate::manager) handed_out: Option<Token>,
    /// The server has refused the last refresh token, and nobody has signed in since.
    signed_out: Option<Error>,
    last_lifetime: Option<Duration>,
    setback: Option<Setback>,
    failures: u32,
    refusals: Refusals,
    budget: RejectionBudget,
    /// How many of the store's changes there had been when it was last looked at.
    seen: u64,
    /// When that was, or when it was last about to be.
    looked: Option<Timestamp>,
    /// The current token was refused by an API, and the next one replaces it for that reason.
    rejected: bool,
    tokens_obtained: u64,
    tokens_adopted: u64,
    fetches_failed: u64,
    rejections: u64,
}

/// How often a caller starts over: when its flight's runtime goes away under it, or brings nothing that this caller can use.
const RESTARTS: u32 = 2;

/// How long a manager that is kept warm stays without a token before it asks again, unless the failure lasts longer.
const LONGEST_UNASKED: Duration = Duration::from_secs(5);

impl Lifecycle {
    pub(in crate::manager) fn new(
        client: Arc<ClientContext>,
        source: Source,
        policy: Policy,
        updates: Updates,
        preset: Option<&Token>,
    ) -> Arc<Self> {
        let runtime = source.exchange.settings().runtime.clone();
        let lifecycle = Self {
            client,
            source,
            policy,
            runtime,
            updates,
            turn: tokio::sync::Mutex::default(),
            slot: Slot::default(),
            state: Mutex::default(),
        };
        if let Some(token) = preset {
            lifecycle.install_preset(token);
        }
        Arc::new(lifecycle)
    }

    /// The hot path: the current token if it may be served, and the start of its renewal if that is due.
    #[inline]
    pub(in crate::manager) fn current(self: &Arc<Self>) -> Option<Guard<Option<Arc<Entry>>>> {
        let guard = self.slot.read();
        let entry = guard.as_ref()?;
        let now = self.runtime.now();
        if !entry.is_valid(now) {
            return None;
        }
        if entry.wants_renewal(now) {
            self.renew(entry, now);
        }
        Some(guard)
    }

    /// A call goes out with this token.
    #[inline]
    pub(in crate::manager) fn note_use(&self, entry: &Entry) {
        entry.uses().note(|| entry.deadlines().left(self.runtime.now()));
    }

    /// For a caller.
    pub(in crate::manager) async fn obtain(self: &Arc<Self>, need: Need) -> Outcome {
        let mut wait = Wait::new(&self.runtime);
        let outcome = self.pursue(need, || wait.begin()).await;
        wait.end(&outcome);
        outcome
    }

    /// For the manager itself, so that nobody is kept waiting.
    pub(in crate::manager) async fn obtain_unasked(self: &Arc<Self>) -> Outcome {
        self.pursue(Need::Valid, || {}).await
    }

    async fn pursue(self: &Arc<Self>, need: Need, mut must_wait: impl FnMut()) -> Outcome {
        let limit = self.policy.max_wait;
        // One limit, however often it starts over.
        let mut left = limit;
        let mut restarts = 0;
        loop {
            let waiter = match self.admit(need)? {
                Admission::Serve(entry) => return Ok(entry),
                Admission::Wait(waiter) => waiter,
            };
            must_wait();
            let entry = match self.wait_for(waiter, &mut left).await {
                Some(Some(Err(Error::Aborted(_))) | None) if restarts < RESTARTS => {
                    restarts += 1;
                    continue;
                }
                Some(Some(outcome)) => outcome?,
                Some(None) => return Err(Error::Aborted(Arc::clone(&self.client))),
                None => {
                    return Err(self.source.timeout(TimeoutScope::Caller, limit));
                }
            };
            // A future that is polled again only after an hour, or a suspend, finds its token expired.
            if self.is_late(&entry) {
                if restarts < RESTARTS {
                    restarts += 1;
                    left = limit;
                    continue;
                }
                return Err(self.source.timeout(TimeoutScope::Caller, limit));
            }
            // Another process's token has spent a part of its life already: a new one may do.
            if entry.is_adopted() && restarts < RESTARTS && !self.meets(need, &entry, self.runtime.now())? {
                restarts += 1;
                continue;
            }
            return self.check(need, entry);
        }
    }

    /// How long until a quiet manager has something to do.
    pub(in crate::manager) fn next_need(&self) -> Duration {
        let now = self.runtime.now();
        let state = self.lock();
        let entry = self.slot.get().filter(|entry| entry.is_valid(now));
        match (&entry, &state.setback) {
            (Some(entry), Some(setback)) => {
                let expired = entry.deadlines().hard.map_or(Duration::MAX, |hard| now.until(hard));
                now.until(setback.pauses_renewal_until()).min(expired)
            }
            // Nobody waits, so that the pause grows as between renewals. A failure of the application's own silences no
            // callers, and yet is no reason to ask without a pause.
            (None, Some(setback)) => {
                let pause = now.until(setback.pauses_renewal_until()).min(LONGEST_UNASKED);
                let quiet = now.until(setback.silences_callers_until());
                pause.max(quiet).max(self.policy.quiet.first)
            }
            (Some(entry), None) => {
                let deadlines = entry.deadlines();
                let until = |deadline: Option<Timestamp>| deadline.map_or(Duration::MAX, |due| now.until(due));
                let due = until(deadlines.soft.or(deadlines.hard));
                match self.flight(&state, now) {
                    Some(_) => due,
                    // Others may be seeing to it.
                    None => due.max(entry.renewal_pause(now)).min(until(deadlines.hard)),
                }
            }
            (None, None) => self.policy.quiet.first,
        }
    }

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
            last_error: state.setback.as_ref().map(|setback| setback.error.clone()),
            tokens_obtained: state.tokens_obtained,
            tokens_adopted: state.tokens_adopted,
            fetches_failed: state.fetches_failed,
            rejections: state.rejections,
        }
    }

    fn flight<'s>(&self, state: &'s State, now: Timestamp) -> Option<&'s Flight> {
        state.flight.as_ref().filter(|flight| !flight.is_lost(now))
    }

    /// How many changes of the store this process has been told of.
    fn changes(&self) -> u64 {
        self.source.fleet.as_ref().map_or(0, |fleet| fleet.changes())
    }

    fn flight_limit(&self) -> Duration {
        self.source.exchange.settings().flight_timeout
    }

    fn pause_renewal(&self, until: Timestamp) {
        if let Some(entry) = self.slot.get() {
            entry.pause_renewal(until);
        }
    }

    /// What tells this manager from all others that are alive.
    fn key(self: &Arc<Self>) -> usize {
        Arc::as_ptr(self) as usize
    }

    pub(in crate::manager) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
