//! Admission of callers: decides which of them get the cached token, which wait, and when a flight (a shared fetch)
//! starts.

use std::sync::Arc;
use std::time::Duration;

use super::shared_fetch::{Flight, FlightTask, Waiter, is_inside_flight_of};
use super::{EntryResult, Lifecycle, Mode, State, Validity};
use crate::error::{Error, SignInRequired};
use crate::manager::backoff::CachedFailure;
use crate::manager::cached_token::Entry;
use crate::manager::fetch::{FetchMode, FetchRequest, Priority, Source};
use crate::metrics::Reason;
use crate::runtime::Timestamp;

/// A pause that is practically infinite.
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

pub(super) enum Admission {
    Serve(Arc<Entry>),
    Wait(Waiter),
}

impl Lifecycle {
    /// Returns a valid token or the flight to wait for, or an error if there is neither.
    pub(super) fn admit(self: &Arc<Self>, validity: Validity) -> Result<Admission, Error> {
        let now = self.runtime.now();
        let (waiter, task) = {
            let mut state = self.lock();
            // The caller read the slot without the lock, so a flight may have completed since then. Without this second
            // read, the caller would start another one.
            let current = self.slot.get();
            let valid = current.as_ref().filter(|entry| entry.is_valid(now));
            if let Some(entry) = valid
                && self.is_sufficient(validity, entry, now)?
            {
                return Ok(Admission::Serve(Arc::clone(entry)));
            }
            if self.policy.mode == Mode::Manual {
                let client = Arc::clone(&self.client);
                return Err(match state.last {
                    Some(_) => Error::TokenExpired(client),
                    None => Error::NotAuthorized(client),
                });
            }
            if is_inside_flight_of(self) {
                return Err(Error::ProviderCycle(Arc::clone(&self.client)));
            }
            if !self.can_fetch(&state) {
                return Err(self.sign_in_required(&state));
            }
            if let Some(flight) = self.flight(&state, now) {
                return Ok(Admission::Wait(flight.waiter()));
            }
            let mode = match &state.failure {
                Some(failure) if failure.fails_fast(now) => {
                    let mode = self.mode_during_failure(failure, &state, self.is_read_due(&state, now));
                    mode.ok_or_else(|| failure.error.clone())?
                }
                _ => FetchMode::Fetch,
            };
            let request = FetchRequest {
                mode,
                reason: match (valid, &state.last) {
                    (Some(_), _) => Reason::Renewal,
                    (None, _) if state.rejected => Reason::Rejected,
                    (None, Some(_)) => Reason::Expired,
                    (None, None) => Reason::Missing,
                },
                priority: Priority::Callers,
                last: state.last.clone(),
                started: now,
            };
            // Soon after a failure, later calls are the retries.
            let failed_lately = state.failure.as_ref().is_some_and(|failure| failure.is_recent(now));
            let task = self.start_flight(&mut state, current.as_deref(), self.source(!failed_lately), request);
            (task.waiter(), task)
        };
        self.launch(task)?;
        Ok(Admission::Wait(waiter))
    }

    /// Repeats the request of a flight on this caller's runtime, if no task of the flight has run since the caller's
    /// probe.
    #[cold]
    pub(super) fn take_over(self: &Arc<Self>, waiter: &Waiter, probe: u64) {
        let task = {
            let mut state = self.lock();
            let id = state.task_count + 1;
            let flight = state.flight.as_mut();
            let task = flight.and_then(|flight| flight.repeat(self, waiter, probe, id));
            if task.is_some() {
                state.task_count = id;
            }
            task
        };
        // If the runtime rejects the task, the flight ends and the callers start over.
        let _ = task.map(|task| self.launch(task));
    }

    /// Starts a renewal in the background, unless one is in progress or has just failed.
    #[cold]
    pub(super) fn renew(self: &Arc<Self>, entry: &Entry, now: Timestamp) {
        let task = {
            let mut state = self.lock();
            // The caller read the slot without the lock, so a flight may have completed since then.
            let current = self.slot.get();
            let Some(current) = current.filter(|current| current.generation() == entry.generation()) else {
                return;
            };
            if self.flight(&state, now).is_some() || is_inside_flight_of(self) {
                return;
            }
            if !self.can_fetch(&state) {
                entry.pause_renewal(now.plus(NEVER));
                return;
            }
            let mode = match &state.failure {
                Some(failure) if failure.pauses_renewal(now) => {
                    entry.pause_renewal(failure.pauses_renewal_until());
                    let Some(mode) = self.mode_during_failure(failure, &state, false) else {
                        return;
                    };
                    mode
                }
                _ if entry.is_renewal_due(now) => FetchMode::Fetch,
                _ => FetchMode::ReadStore(None),
            };
            let request = FetchRequest {
                mode,
                reason: Reason::Renewal,
                priority: Priority::Background(*entry.deadlines()),
                last: state.last.clone(),
                started: now,
            };
            // With little time left, callers may depend on this flight, so it retries.
            let fetch_timeout = self.source.endpoint.settings().fetch_timeout;
            let hard = entry.deadlines().hard;
            let retries = hard.is_some_and(|hard| now.until(hard) <= fetch_timeout);
            self.start_flight(&mut state, Some(&current), self.source(retries), request)
        };
        if self.launch(task).is_err() {
            entry.pause_renewal(now.plus(self.policy.backoff.first));
        }
    }

    fn source(&self, retries: bool) -> Source {
        match retries {
            true => self.source.clone(),
            false => self.source.without_retries(),
        }
    }

    /// Starts a flight. Call it with the lock held and with the current entry of the slot.
    fn start_flight(
        self: &Arc<Self>,
        state: &mut State,
        current: Option<&Entry>,
        source: Source,
        request: FetchRequest,
    ) -> FlightTask {
        let now = request.started;
        state.task_count += 1;
        state.changes_seen = self.changes();
        state.last_read = Some(now);
        let (flight, task) = Flight::new(self, state.task_count, source, request);
        if let Some(entry) = current {
            entry.mark_store_seen(state.changes_seen);
            entry.pause_renewal(now.plus(flight.limit()));
        }
        state.flight = Some(flight);
        task
    }

    /// Spawns the task. Call it without the lock: a task that the runtime rejects is dropped here and completes its
    /// flight.
    fn launch(&self, task: FlightTask) -> Result<(), Error> {
        self.runtime
            .spawn(task.into_future())
            .map_err(|_| Error::NoRuntime(Arc::clone(&self.client)))
    }

    /// Returns what a fetch may do while a failure is cached; `None` for nothing.
    fn mode_during_failure(&self, failure: &CachedFailure, state: &State, is_read_due: bool) -> Option<FetchMode> {
        if is_read_due || self.changes() > state.changes_seen {
            return Some(FetchMode::ReadStore(Some(failure.error.clone())));
        }
        let can_change = self.source.endpoint.settings().auth.can_change();
        (can_change && failure.ends_with_new_credentials())
            .then(|| FetchMode::FetchIfCredentialsChanged(failure.error.clone()))
    }

    /// Returns whether to read the store for callers without a token although no change was notified.
    fn is_read_due(&self, state: &State, now: Timestamp) -> bool {
        let coordinator = self.coordinator.as_ref();
        coordinator.is_some_and(|coordinator| coordinator.is_read_due(state.last_read, now))
    }

    /// Returns whether a token can be fetched without a user, or may be in the store.
    fn can_fetch(&self, state: &State) -> bool {
        self.coordinator.is_some() || self.source.can_fetch(state.last.as_ref())
    }

    /// Returns the error that a user has to sign in. Nothing is requested, so nothing is counted, reported or cached.
    pub(super) fn sign_in_required(&self, state: &State) -> Error {
        state.signed_out.clone().unwrap_or_else(|| {
            Error::SignInRequired(Arc::new(SignInRequired {
                client: Arc::clone(&self.client),
                rejection: None,
            }))
        })
    }

    pub(super) fn is_sufficient(&self, validity: Validity, entry: &Entry, now: Timestamp) -> Result<bool, Error> {
        let (Validity::For(wanted), Some(hard)) = (validity, entry.deadlines().hard) else {
            return Ok(true);
        };
        let left = now.until(hard);
        if left >= wanted {
            return Ok(true);
        }
        // Another token with the same lifetime would not be sufficient either.
        match entry.deadlines().usable {
            Some(usable) if usable < wanted && self.policy.mode == Mode::Automatic => {
                Err(self.lifetime_too_short(wanted, entry, now))
            }
            _ if self.policy.mode == Mode::Manual => Err(self.lifetime_too_short(wanted, entry, now)),
            _ if !self.source.can_fetch(Some(entry.token())) => Err(self.lifetime_too_short(wanted, entry, now)),
            _ => Ok(false),
        }
    }

    pub(super) fn ensure_sufficient(&self, validity: Validity, entry: Arc<Entry>) -> EntryResult {
        match (validity, entry.deadlines().hard) {
            (Validity::For(wanted), Some(hard)) => {
                let now = self.runtime.now();
                if now.until(hard) >= wanted {
                    Ok(entry)
                } else {
                    Err(self.lifetime_too_short(wanted, &entry, now))
                }
            }
            _ => Ok(entry),
        }
    }

    /// Returns whether the flight's token expired before the caller was polled. A token that was never cached was
    /// fetched for these callers only, and is never late.
    pub(super) fn is_late(&self, entry: &Entry) -> bool {
        entry.was_cached() && !entry.is_valid(self.runtime.now())
    }

    fn lifetime_too_short(&self, wanted: Duration, entry: &Entry, now: Timestamp) -> Error {
        let deadlines = entry.deadlines();
        let skew = match (deadlines.lifetime, deadlines.usable) {
            (Some(lifetime), Some(usable)) => lifetime.saturating_sub(usable),
            _ => Duration::ZERO,
        };
        let skew_seconds = skew.as_secs() + u64::from(skew.subsec_nanos() > 0);
        Error::LifetimeTooShort {
            client: Arc::clone(&self.client),
            requested: wanted,
            remaining: deadlines.hard.map_or(Duration::MAX, |hard| now.until(hard)),
            skew_seconds: u32::try_from(skew_seconds).unwrap_or(u32::MAX),
        }
    }
}
