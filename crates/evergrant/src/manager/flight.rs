//! One fetch for everybody who waits: a detached task, whose outcome all of them share.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::oneshot;

use super::entry::Entry;
use super::events::Reason;
use super::fleet::Demand;
use super::flight_task::Departure;
use super::lifecycle::Lifecycle;
use super::provider::Source;
use super::waiter::{End, Waiter};
use crate::error::Error;
use crate::exchange::Exchange;
use crate::runtime::Timestamp;
use crate::token::Token;

pub(super) type Outcome = Result<Arc<Entry>, Error>;

/// What to do once aloft.
#[derive(Clone)]
pub(super) enum Errand {
    Fetch,
    /// The server refused these credentials a moment ago: ask it again only if the application has others by now.
    FetchIfCredentialsChanged(Error),
    /// The store has changed: see what is new there, and fetch nothing. With what to say if nothing is.
    Look(Option<Error>),
}

/// What a flight came back with.
pub(super) enum Landing {
    Token(Token),
    /// Another process's.
    Adopted(Token),
    /// Others see to it: look again after this time.
    Later(Duration),
    /// Another process says that an API has refused the token.
    Refused,
    Failed(Error),
    Panicked,
    /// Nothing was asked, so nothing new is known.
    NothingNew(Error),
    /// The task was dropped with its runtime.
    Aborted,
}

/// What a landing came to.
pub(super) enum Landed {
    Here(Outcome),
    /// Another task of the same flight goes on.
    Elsewhere,
    /// The flight was given up long ago.
    Nowhere,
}

/// The lifecycle's end. Dropping it ends its tasks: nobody has a use for their token any more.
pub(super) struct Flight {
    pub(super) started: Timestamp,
    pub(super) reason: Reason,
    /// After this time it is taken for lost.
    limit: Duration,
    exchange: Exchange,
    attempts: Attempts,
    end: Arc<End>,
    /// More than one after a takeover; the last one is the newest.
    tasks: Vec<Task>,
    /// What another task takes along. `None` where the request cannot be made twice.
    repetition: Option<Plan>,
    repetitions_left: u32,
}

struct Task {
    id: u64,
    _wanted: oneshot::Receiver<()>,
}

/// How many tasks may follow the first one, each after the last has stalled.
const REPETITIONS: u32 = 2;

impl Flight {
    /// For a caller that depends on it from now on.
    pub(super) fn waiter(&self) -> Waiter {
        if self.attempts == Attempts::Retried {
            self.exchange.allow_retries();
        }
        Waiter::of(&self.end)
    }

    /// A flight whose runtime is no longer driven never ends by itself, so it is given up after its time.
    pub(super) fn is_lost(&self, now: Timestamp) -> bool {
        self.end.has_come() || now.elapsed_since(self.started) > self.limit
    }

    pub(super) fn has(&self, id: u64) -> bool {
        self.tasks.iter().any(|task| task.id == id)
    }

    /// Whether this landing leaves the flight to a newer task, which took over while this one stood still. A token is
    /// good whoever brings it.
    pub(super) fn goes_on_without(&mut self, id: u64, landing: &Landing) -> bool {
        let is_newest = self.tasks.last().is_none_or(|newest| newest.id == id);
        if is_newest || matches!(landing, Landing::Token(_) | Landing::Adopted(_)) {
            return false;
        }
        self.tasks.retain(|task| task.id != id);
        true
    }

    /// Another task for the same request, for a caller whose check no task has answered.
    pub(super) fn repeat(&mut self, waiter: &Waiter, check: u64, id: u64, now: Timestamp) -> Option<Departure> {
        if !waiter.waits_for(&self.end) || self.end.has_come() || !self.end.is_stalled(check) {
            return None;
        }
        self.repetitions_left = self.repetitions_left.checked_sub(1)?;
        let plan = Plan {
            id,
            started: now,
            demand: Demand::Callers,
            ..self.repetition.clone()?
        };
        // The other callers' checks are for the new task to answer.
        self.end.give_time();
        self.limit = now.elapsed_since(self.started).saturating_add(plan.limit());
        Some(self.depart(plan))
    }

    fn depart(&mut self, plan: Plan) -> Departure {
        let (wanted, _wanted) = oneshot::channel();
        self.tasks.push(Task { id: plan.id, _wanted });
        let end = Arc::clone(&self.end);
        Departure { plan, end, wanted }
    }
}

/// How often a flight that callers depend on asks the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempts {
    Retried,
    /// The server has just failed: the quiet window is the pause between attempts.
    One,
}

/// Everything that a flight takes along.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) lifecycle: Weak<Lifecycle>,
    /// Where the request cannot be made twice, so that its outcome must be had even if nobody else is left to want it.
    pub(super) keep: Option<Arc<Lifecycle>>,
    pub(super) key: usize,
    pub(super) id: u64,
    pub(super) started: Timestamp,
    pub(super) reason: Reason,
    pub(super) errand: Errand,
    pub(super) source: Source,
    pub(super) last: Option<Token>,
    pub(super) demand: Demand,
    pub(super) attempts: Attempts,
}

impl Plan {
    /// How long the flight may take, and a second in which to report.
    pub(super) fn limit(&self) -> Duration {
        let settings = self.source.exchange.settings();
        let check = match self.errand {
            Errand::Fetch | Errand::Look(_) => Duration::ZERO,
            Errand::FetchIfCredentialsChanged(_) => settings.attempt_timeout,
        };
        let fleet = self
            .source
            .fleet
            .as_ref()
            .map_or(Duration::ZERO, |fleet| fleet.extra_time());
        settings
            .flight_timeout
            .saturating_add(check)
            .saturating_add(fleet)
            .saturating_add(Duration::from_secs(1))
    }
}

pub(super) fn open(plan: Plan) -> (Flight, Departure) {
    let repeatable = plan.keep.is_none() && plan.source.provider.is_none();
    let mut flight = Flight {
        started: plan.started,
        reason: plan.reason,
        limit: plan.limit(),
        exchange: plan.source.exchange.clone(),
        attempts: plan.attempts,
        end: Arc::default(),
        tasks: Vec::with_capacity(1),
        repetition: repeatable.then(|| plan.clone()),
        repetitions_left: REPETITIONS,
    };
    let departure = flight.depart(plan);
    (flight, departure)
}
