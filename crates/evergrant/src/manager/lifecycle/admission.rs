//! Who is served, who waits, and when a flight starts.

use std::sync::Arc;
use std::time::Duration;

use super::{Lifecycle, Need, State, Style};
use crate::error::{Error, SignInRequired};
use crate::manager::backoff::Setback;
use crate::manager::entry::Entry;
use crate::manager::events::Reason;
use crate::manager::fleet::Demand;
use crate::manager::flight::{self, Attempts, Errand, Outcome, Plan};
use crate::manager::flight_task::{self, Departure};
use crate::manager::provider::Source;
use crate::manager::waiter::Waiter;
use crate::runtime::Timestamp;

/// As good as.
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

pub(super) enum Admission {
    Serve(Arc<Entry>),
    Wait(Waiter),
}

impl Lifecycle {
    /// A valid token, the flight to wait for, or the reason why there is neither.
    pub(super) fn admit(self: &Arc<Self>, need: Need) -> Result<Admission, Error> {
        let now = self.runtime.now();
        let (waiter, departure) = {
            let mut state = self.lock();
            let entry = self.slot.get().filter(|entry| entry.is_valid(now));
            if let Some(entry) = &entry
                && self.meets(need, entry, now)?
            {
                return Ok(Admission::Serve(Arc::clone(entry)));
            }
            if self.policy.style == Style::Manual {
                let client = Arc::clone(&self.client);
                return Err(match state.last {
                    Some(_) => Error::TokenExpired(client),
                    None => Error::NotAuthorized(client),
                });
            }
            if flight_task::is_aboard(self.key()) {
                return Err(Error::ProviderCycle(Arc::clone(&self.client)));
            }
            if !self.source.can_obtain(state.last.as_ref()) {
                return Err(self.sign_in_required(&state));
            }
            if let Some(flight) = self.flight(&state, now) {
                return Ok(Admission::Wait(flight.waiter()));
            }
            let errand = match &state.setback {
                Some(setback) if setback.silences_callers(now) && self.is_look_due(&state, now) => {
                    Errand::Look(Some(setback.error.clone()))
                }
                Some(setback) if setback.silences_callers(now) => self
                    .quiet_errand(&state, setback)
                    .ok_or_else(|| setback.error.clone())?,
                _ => Errand::Fetch,
            };
            let reason = match (&entry, &state.last) {
                (Some(_), _) => Reason::Renewal,
                (None, _) if state.rejected => Reason::Rejected,
                (None, Some(_)) => Reason::Expired,
                (None, None) => Reason::Missing,
            };
            let (source, demand) = (self.source.clone(), Demand::Callers);
            let departure = self.open(&mut state, now, reason, errand, source, demand);
            (departure.waiter(), departure)
        };
        self.launch(departure)?;
        Ok(Admission::Wait(waiter))
    }

    /// Repeats the request of a flight on this caller's runtime, if nothing has driven the flight since the caller's
    /// check.
    #[cold]
    pub(in crate::manager) fn take_over(self: &Arc<Self>, waiter: &Waiter, check: u64) {
        let now = self.runtime.now();
        let departure = {
            let mut state = self.lock();
            let id = state.flights + 1;
            let flight = state.flight.as_mut();
            let departure = flight.and_then(|flight| flight.repeat(waiter, check, id, now));
            if departure.is_some() {
                state.flights = id;
            }
            departure
        };
        // A task that its runtime refuses ends the flight, and the callers start over.
        let _ = departure.map(|departure| self.launch(departure));
    }

    /// Starts a renewal in the background, unless one is under way or has just failed.
    #[cold]
    pub(super) fn renew(self: &Arc<Self>, entry: &Entry, now: Timestamp) {
        let departure = {
            let mut state = self.lock();
            // The caller read the slot without the lock; a flight may have landed since.
            let current = self.slot.get();
            let superseded = current.is_none_or(|current| current.generation() != entry.generation());
            if superseded || self.flight(&state, now).is_some() || flight_task::is_aboard(self.key()) {
                return;
            }
            if !self.source.can_obtain(state.last.as_ref()) {
                entry.pause_renewal(now.plus(NEVER));
                return;
            }
            let errand = match &state.setback {
                Some(setback) if setback.pauses_renewal(now) => {
                    entry.pause_renewal(setback.pauses_renewal_until());
                    let Some(errand) = self.quiet_errand(&state, setback) else {
                        return;
                    };
                    errand
                }
                _ if entry.is_due(now) => Errand::Fetch,
                _ => Errand::Look(None),
            };
            // With little time left the flight may end without a token to serve, so that callers depend on it.
            let hard = entry.deadlines().hard;
            let source = if hard.is_none_or(|hard| now.until(hard) > self.flight_limit()) {
                self.source.without_retries()
            } else {
                self.source.clone()
            };
            self.open(
                &mut state,
                now,
                Reason::Renewal,
                errand,
                source,
                Demand::Nobody {
                    deadlines: *entry.deadlines(),
                },
            )
        };
        if self.launch(departure).is_err() {
            entry.pause_renewal(now.plus(self.policy.quiet.first));
        }
    }

    fn open(
        self: &Arc<Self>,
        state: &mut State,
        now: Timestamp,
        reason: Reason,
        errand: Errand,
        source: Source,
        demand: Demand,
    ) -> Departure {
        let failed_lately = state.setback.as_ref().is_some_and(|setback| setback.is_recent(now));
        let (source, attempts) = match demand {
            Demand::Callers if failed_lately => (source.without_retries(), Attempts::One),
            _ => (source, Attempts::Retried),
        };
        state.flights += 1;
        let plan = Plan {
            lifecycle: Arc::downgrade(self),
            keep: source.may_rotate(state.last.as_ref()).then(|| Arc::clone(self)),
            key: self.key(),
            id: state.flights,
            started: now,
            reason,
            errand,
            source,
            last: state.last.clone(),
            demand,
            attempts,
        };
        state.seen = self.changes();
        state.looked = Some(now);
        if let Some(entry) = self.slot.get() {
            entry.see(state.seen);
            entry.pause_renewal(now.plus(plan.limit()));
        }
        let (flight, departure) = flight::open(plan);
        state.flight = Some(flight);
        departure
    }

    /// Must be called without the lock: a task that its runtime refuses is dropped here, and reports its end.
    fn launch(&self, departure: Departure) -> Result<(), Error> {
        self.runtime
            .spawn(departure.into_task())
            .map_err(|_| Error::NoRuntime(Arc::clone(&self.client)))
    }

    pub(super) fn meets(&self, need: Need, entry: &Entry, now: Timestamp) -> Result<bool, Error> {
        let (Need::ValidFor(wanted), Some(hard)) = (need, entry.deadlines().hard) else {
            return Ok(true);
        };
        let left = now.until(hard);
        if left >= wanted {
            return Ok(true);
        }
        // Another token like this one would not do either.
        match entry.deadlines().usable {
            Some(usable) if usable < wanted && self.policy.style == Style::Automatic => {
                Err(self.too_short(wanted, entry, now))
            }
            _ if self.policy.style == Style::Manual => Err(self.too_short(wanted, entry, now)),
            _ if !self.source.can_obtain(Some(entry.token())) => Err(self.too_short(wanted, entry, now)),
            _ => Ok(false),
        }
    }

    pub(super) fn check(&self, need: Need, entry: Arc<Entry>) -> Outcome {
        match (need, entry.deadlines().hard) {
            (Need::ValidFor(wanted), Some(hard)) => {
                let now = self.runtime.now();
                if now.until(hard) >= wanted {
                    Ok(entry)
                } else {
                    Err(self.too_short(wanted, &entry, now))
                }
            }
            _ => Ok(entry),
        }
    }

    /// Whether a caller that looks up only now may still have what its flight brought: for a token that was never cached, it
    /// alone has a use.
    pub(super) fn is_late(&self, entry: &Entry) -> bool {
        entry.was_cached() && !entry.is_valid(self.runtime.now())
    }

    fn too_short(&self, wanted: Duration, entry: &Entry, now: Timestamp) -> Error {
        let deadlines = entry.deadlines();
        let skew = match (deadlines.lifetime, deadlines.usable) {
            (Some(lifetime), Some(usable)) => lifetime.saturating_sub(usable),
            _ => Duration::ZERO,
        };
        let skew_seconds = skew.as_secs() + u64::from(skew.subsec_nanos() > 0);
        Error::LifetimeTooShort {
            client: Arc::clone(&self.client),
            wanted,
            left: deadlines.hard.map_or(Duration::MAX, |hard| now.until(hard)),
            skew_seconds: u32::try_from(skew_seconds).unwrap_or(u32::MAX),
        }
    }

    /// Nothing is asked, so that nothing is counted, told or remembered: a user has to do something.
    fn sign_in_required(&self, state: &State) -> Error {
        state.signed_out.clone().unwrap_or_else(|| {
            Error::SignInRequired(Arc::new(SignInRequired {
                client: Arc::clone(&self.client),
                refusal: None,
            }))
        })
    }

    /// What is worth doing while a failure is remembered.
    fn quiet_errand(&self, state: &State, setback: &Setback) -> Option<Errand> {
        if self.changes() > state.seen {
            return Some(Errand::Look(Some(setback.error.clone())));
        }
        let can_change = self.source.exchange.settings().credentials.can_change();
        (can_change && setback.ends_with_new_credentials())
            .then(|| Errand::FetchIfCredentialsChanged(setback.error.clone()))
    }

    /// Whether callers who have nothing are to have the store looked at, though nobody has told of a change.
    fn is_look_due(&self, state: &State, now: Timestamp) -> bool {
        let fleet = self.source.fleet.as_ref();
        fleet.is_some_and(|fleet| fleet.is_look_due(state.looked, now))
    }
}
