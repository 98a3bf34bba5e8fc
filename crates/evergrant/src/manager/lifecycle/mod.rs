//! The lifecycle of one client's tokens: decides which calls get the cached token, which wait, when a flight (a shared
//! fetch) starts, and what changes when it completes.

mod call_admission;
mod fetch_completion;
mod interrupted_uploads;
mod revocation;
mod shared_fetch;
mod status;
#[cfg(test)]
#[cfg(not(evergrant_loom))]
mod tests;
mod token_rejection;
mod user_tokens;

use std::pin::pin;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use arc_swap::Guard;

use self::call_admission::Admission;
use self::interrupted_uploads::Interruptions;
use self::shared_fetch::{Flight, Waiter};
use super::backoff::{CachedFailure, FailureBackoff, RejectionBudget, RenewalSuppression};
use super::cached_token::Entry;
use super::coordination::Coordinator;
use super::current_token_slot::Slot;
use super::fetch::Source;
use super::token_deadlines::LifetimePolicy;
use super::update_notifications::Updates;
use crate::error::{ClientContext, Error, TimeoutScope};
use crate::metrics::WaitTimer;
use crate::runtime::{SharedRuntime, Timestamp};
use crate::std_or_loom_sync::{AtomicBool, Mutex, MutexGuard};
use crate::token::Token;
use crate::token_endpoint::ClientKeys;
use crate::token_generation::Generation;

/// Whether the manager or the application fetches tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::manager) enum Mode {
    /// The manager fetches tokens when they are needed.
    Automatic,
    /// The application fetches tokens itself.
    Manual,
}

/// The settings of a manager that never change.
#[derive(Debug, Clone, Copy)]
pub(in crate::manager) struct Policy {
    pub(in crate::manager) mode: Mode,
    pub(in crate::manager) lifetime: LifetimePolicy,
    pub(in crate::manager) backoff: FailureBackoff,
    pub(in crate::manager) max_wait: Duration,
}

/// How long a caller needs a token to be valid.
#[derive(Debug, Clone, Copy)]
pub(in crate::manager) enum Validity {
    Now,
    For(Duration),
}

/// The entry that a caller gets, or the error.
pub(in crate::manager) type EntryResult = Result<Arc<Entry>, Error>;

pub(in crate::manager) struct Lifecycle {
    pub(in crate::manager) client: Arc<ClientContext>,
    pub(in crate::manager) source: Source,
    /// Shares the tokens with other processes, if there is a store.
    pub(in crate::manager) coordinator: Option<Arc<Coordinator>>,
    pub(in crate::manager) policy: Policy,
    pub(in crate::manager) runtime: SharedRuntime,
    pub(in crate::manager) updates: Updates,
    /// Held by the call that renews a user's token in manual mode, so that concurrent calls wait for it, and while a
    /// user signs in or out, so that the record and this manager have the same token.
    pub(in crate::manager) user_change: tokio::sync::Mutex<()>,
    slot: Slot,
    /// Whether `State::interruptions` has any.
    interrupted: AtomicBool,
    state: Mutex<State>,
}

/// The mutable state. The lock is held briefly, and never across an `await`, a callback or an event: application code
/// may call the manager.
#[derive(Default)]
pub(in crate::manager) struct State {
    flight: Option<Flight>,
    /// Number of flight tasks so far, which is the id of the last one.
    task_count: u64,
    generation: Generation,
    pub(in crate::manager) last: Option<Token>,
    /// In manual mode, the user's token that the application received last.
    pub(in crate::manager) manual_token: Option<Token>,
    /// The error of the rejected refresh token, until a user signs in.
    signed_out: Option<Error>,
    last_lifetime: Option<Duration>,
    failure: Option<CachedFailure>,
    /// Number of consecutive failed fetches.
    failures: u32,
    suppression: RenewalSuppression,
    rejection_budget: RejectionBudget,
    interruptions: Interruptions,
    /// Number of changes of the store when it was last read.
    changes_seen: u64,
    /// When the store was last read, or was about to be.
    last_read: Option<Timestamp>,
    /// An API rejected the current token, and the next token replaces it.
    rejected: bool,
    tokens_fetched: u64,
    tokens_adopted: u64,
    fetches_failed: u64,
    rejections: u64,
}

/// The caller's time limit is reached.
struct TimedOut {
    /// The flight's task or the caller did not run in time.
    is_stalled: bool,
}

/// How often a caller starts over when its flight's runtime shuts down, or the flight's token is of no use to it.
const MAX_RESTARTS: u32 = 2;

/// How often a waiting caller probes its flight. It takes over the flight if a probe is not answered before the next
/// one.
const PROBE_INTERVAL: Duration = Duration::from_millis(500);

impl Lifecycle {
    pub(in crate::manager) fn new(
        client: Arc<ClientContext>,
        source: Source,
        coordinator: Option<Arc<Coordinator>>,
        policy: Policy,
        updates: Updates,
        initial_token: Option<&Token>,
    ) -> Arc<Self> {
        let runtime = source.endpoint.settings().runtime.clone();
        let lifecycle = Self {
            client,
            source,
            coordinator,
            policy,
            runtime,
            updates,
            user_change: tokio::sync::Mutex::default(),
            slot: Slot::default(),
            interrupted: AtomicBool::new(false),
            state: Mutex::default(),
        };
        if let Some(token) = initial_token {
            lifecycle.install_initial_token(token);
        }
        Arc::new(lifecycle)
    }

    /// The hot path: returns the current token if it is valid, and starts its renewal if that is due.
    #[inline]
    pub(in crate::manager) fn current(self: &Arc<Self>) -> Option<Guard<Option<Arc<Entry>>>> {
        let guard = self.slot.read();
        let entry = guard.as_ref()?;
        let now = self.runtime.now();
        if !entry.is_valid(now) {
            return None;
        }
        if entry.needs_renewal(now) {
            self.renew(entry, now);
        }
        Some(guard)
    }

    /// Returns what holds the keys that tokens are bound to.
    pub(in crate::manager) fn keys(&self) -> ClientKeys {
        self.source.endpoint.settings().client_keys()
    }

    /// Records that a call uses this token.
    #[inline]
    pub(in crate::manager) fn note_use(&self, entry: &Entry) {
        entry.uses().note(|| entry.deadlines().left(self.runtime.now()));
    }

    /// Returns a token for a caller that found none on the hot path, or needs one that stays valid for some time.
    pub(in crate::manager) async fn acquire(self: &Arc<Self>, validity: Validity) -> EntryResult {
        let mut wait = WaitTimer::new(&self.runtime);
        let result = self.acquire_measured(validity, Some(&mut wait)).await;
        wait.end(&result);
        result
    }

    /// Fetches a token ahead of any caller, which is not counted as a wait.
    pub(in crate::manager) async fn prefetch(self: &Arc<Self>) -> EntryResult {
        self.acquire_measured(Validity::Now, None).await
    }

    async fn acquire_measured(
        self: &Arc<Self>,
        validity: Validity,
        mut measured: Option<&mut WaitTimer<'_>>,
    ) -> EntryResult {
        let limit = self.policy.max_wait;
        // One limit for all restarts.
        let mut left = limit;
        let mut restarts = 0;
        loop {
            let waiter = match self.admit(validity)? {
                Admission::Serve(entry) => return Ok(entry),
                Admission::Wait(waiter) => waiter,
            };
            if let Some(wait) = &mut measured {
                wait.begin();
            }
            let entry = match self.wait_for(waiter, &mut left).await {
                Ok(Err(Error::Aborted(_))) if restarts < MAX_RESTARTS => {
                    restarts += 1;
                    continue;
                }
                Ok(result) => result?,
                Err(TimedOut { is_stalled }) => {
                    return Err(self.source.timeout(TimeoutScope::Wait, limit, is_stalled));
                }
            };
            // The token may have expired before the caller's future is polled again, such as after a suspend.
            if self.is_late(&entry) {
                if restarts < MAX_RESTARTS {
                    restarts += 1;
                    left = limit;
                    continue;
                }
                return Err(self.source.timeout(TimeoutScope::Wait, limit, true));
            }
            // Part of an adopted token's lifetime has passed already: a new token may be sufficient.
            if entry.is_adopted()
                && restarts < MAX_RESTARTS
                && !self.is_sufficient(validity, &entry, self.runtime.now())?
            {
                restarts += 1;
                continue;
            }
            return self.ensure_sufficient(validity, entry);
        }
    }

    /// Waits for the flight's result, until the caller's time limit is reached; only running time counts.
    async fn wait_for(self: &Arc<Self>, waiter: Waiter, left: &mut Duration) -> Result<EntryResult, TimedOut> {
        let (start, limit) = (self.runtime.now(), *left);
        let mut result = pin!(waiter.result());
        // Unless this call probes the flight more often, and can take it over.
        let mut overdue = (!self.runtime.spawns_locally()).then(|| waiter.probe());
        let mut probe = None;
        loop {
            let watches = self.runtime.spawns_locally();
            let part = if watches { PROBE_INTERVAL.min(*left) } else { *left };
            let began = self.runtime.now();
            let ready = match part < *left {
                true => self.runtime.timeout_in_part(part, result.as_mut()).await,
                false => self.runtime.timeout(part, result.as_mut()).await,
            };
            let spent = match ready {
                Some(_) => self.runtime.now().elapsed_since(began).min(part),
                None => part,
            };
            *left = left.saturating_sub(spent);
            if let Some(result) = ready {
                return Ok(result);
            }
            if left.is_zero() {
                let is_unanswered = overdue.is_some_and(|probe| waiter.is_stalled(probe));
                let is_stalled = is_unanswered || self.runtime.has_stalled(start, limit);
                return Err(TimedOut { is_stalled });
            }
            if let Some(probe) = probe {
                overdue = Some(probe);
                self.take_over(&waiter, probe);
            }
            probe = Some(waiter.probe());
        }
    }

    fn flight<'s>(&self, state: &'s State, now: Timestamp) -> Option<&'s Flight> {
        state.flight.as_ref().filter(|flight| !flight.is_lost(now))
    }

    /// Returns how many changes of the store this process has been notified of.
    fn changes(&self) -> u64 {
        self.coordinator.as_ref().map_or(0, |coordinator| coordinator.changes())
    }

    /// Returns whether a request may use up its refresh token or code, so that its response is the only one.
    fn may_rotate(&self, last: Option<&Token>) -> bool {
        let grant = &self.source.endpoint.settings().grant;
        grant.is_single_use
            || grant.uses_refresh_tokens
                && (self.source.provider.is_some()
                    || self.coordinator.is_some()
                    || last.is_some_and(|last| last.refresh_token().is_some()))
    }

    pub(in crate::manager) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
