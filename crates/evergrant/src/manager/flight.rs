//! One fetch for everybody who waits: a detached task, whose outcome all of them share.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, OnceLock, Weak};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tracing::Instrument as _;

use super::entry::Entry;
use super::events::{self, Reason};
use super::fleet::{Ask, Demand, Obtained, Sight};
use super::lifecycle::Lifecycle;
use super::provider::Source;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::runtime::{BoxFuture, Timestamp};
use crate::token::Token;

pub(super) type Outcome = Result<Arc<Entry>, Error>;

/// What to do once aloft.
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

/// The lifecycle's end. Dropping it ends the task: nobody has a use for its token any more.
pub(super) struct Flight {
    pub(super) id: u64,
    pub(super) started: Timestamp,
    pub(super) reason: Reason,
    /// After this time it is taken for lost.
    limit: Duration,
    exchange: Exchange,
    end: Arc<End>,
    _wanted: oneshot::Receiver<()>,
}

/// What all waiters of a flight wait for, and share.
#[derive(Default)]
struct End {
    /// `None` when the flight has gone without a landing.
    outcome: OnceLock<Option<Outcome>>,
    come: Notify,
}

impl End {
    fn come(&self, outcome: Option<Outcome>) {
        if self.outcome.set(outcome).is_ok() {
            self.come.notify_waiters();
        }
    }
}

/// A caller's end.
pub(super) struct Waiter(Arc<End>);

impl Waiter {
    /// `None` when the task is gone without having come to an end.
    pub(super) async fn outcome(self) -> Option<Outcome> {
        // In line before the look, so that nothing is missed between the two.
        let mut come = pin!(self.0.come.notified());
        come.as_mut().enable();
        if self.0.outcome.get().is_none() {
            come.await;
        }
        self.0.outcome.get().cloned().flatten()
    }
}

impl Flight {
    /// For a caller that depends on it from now on.
    pub(super) fn waiter(&self) -> Waiter {
        self.exchange.allow_retries();
        Waiter(Arc::clone(&self.end))
    }

    /// A flight whose runtime is no longer driven never ends by itself, so it is given up after its time.
    pub(super) fn is_lost(&self, now: Timestamp) -> bool {
        self.end.outcome.get().is_some() || now.elapsed_since(self.started) > self.limit
    }
}

/// Everything that a flight takes along.
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
    let end = Arc::new(End::default());
    let (wanted, _wanted) = oneshot::channel();
    let flight = Flight {
        id: plan.id,
        started: plan.started,
        reason: plan.reason,
        limit: plan.limit(),
        exchange: plan.source.exchange.clone(),
        end: Arc::clone(&end),
        _wanted,
    };
    (flight, Departure { plan, end, wanted })
}

/// The task's end, to be launched once the lifecycle's lock is free.
pub(super) struct Departure {
    plan: Plan,
    end: Arc<End>,
    wanted: oneshot::Sender<()>,
}

tokio::task_local! {
    /// The managers whose flights the current task is part of, directly or through one another.
    static ABOARD: Vec<usize>;
}

/// Whether this task runs inside a flight of the manager `key`, so that waiting for it would never end.
pub(super) fn is_aboard(key: usize) -> bool {
    // Loom's threads are one thread to the task-local variable.
    if cfg!(evergrant_loom) {
        return false;
    }
    ABOARD.try_with(|aboard| aboard.contains(&key)).unwrap_or(false)
}

impl Departure {
    /// For the caller that started the flight.
    pub(super) fn waiter(&self) -> Waiter {
        Waiter(Arc::clone(&self.end))
    }

    pub(super) fn into_task(self) -> BoxFuture<'static, ()> {
        let Self { plan, end, wanted } = self;
        let mut aboard = ABOARD.try_with(Clone::clone).unwrap_or_default();
        aboard.push(plan.key);
        let client = plan.source.exchange.settings().client.clone();
        let span = events::flight_span(&client, plan.reason);
        // Made before the task first runs, so that a task that never does is reported too.
        let arrival = Arrival {
            lifecycle: plan.lifecycle.clone(),
            id: plan.id,
            end: Some(end),
        };
        Box::pin(ABOARD.scope(aboard, fly(plan, wanted, arrival).instrument(span)))
    }
}

async fn fly(plan: Plan, mut wanted: oneshot::Sender<()>, mut arrival: Arrival) {
    let _keep = plan.keep;
    let ask = Ask {
        last: plan.last,
        rejected: plan.reason == Reason::Rejected,
        demand: plan.demand,
        started: plan.started,
    };
    let work = catch_panic(work(plan.source, plan.errand, plan.reason, ask));
    let landing = {
        let deserted = wanted.closed();
        let (mut work, mut deserted) = (pin!(work), pin!(deserted));
        std::future::poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(landing) => Poll::Ready(Some(landing)),
            Poll::Pending => deserted.as_mut().poll(context).map(|()| None),
        })
        .await
    };
    if let Some(landing) = landing {
        arrival.report(landing);
    }
}

async fn work(source: Source, errand: Errand, reason: Reason, ask: Ask) -> Landing {
    match errand {
        Errand::Fetch => {}
        Errand::FetchIfCredentialsChanged(error) => {
            if !source.exchange.credentials_changed().await {
                return Landing::NothingNew(error);
            }
        }
        Errand::Look(error) => {
            let sight = match &source.fleet {
                Some(fleet) => Box::pin(fleet.look(&ask)).await,
                None => Sight::Nothing,
            };
            return match (sight, error) {
                (Sight::Token(token), _) => Landing::Adopted(token),
                (Sight::Refused, _) => Landing::Refused,
                (Sight::Nothing, Some(error)) => Landing::NothingNew(error),
                (Sight::Nothing, None) => Landing::Later(Duration::ZERO),
            };
        }
    }
    let settings = source.exchange.settings();
    events::fetch_started(&settings.client, reason);
    match source.obtain(ask).await {
        Obtained::Fetched(token) => Landing::Token(token),
        Obtained::Adopted(token) => Landing::Adopted(token),
        Obtained::Later(pause) => Landing::Later(pause),
        Obtained::Failed(error) => Landing::Failed(error),
    }
}

/// Reports to the lifecycle exactly once, also when the task is dropped on the way.
struct Arrival {
    lifecycle: Weak<Lifecycle>,
    id: u64,
    end: Option<Arc<End>>,
}

impl Arrival {
    fn report(&mut self, landing: Landing) {
        let Some(end) = self.end.clone() else {
            return;
        };
        let lifecycle = self.lifecycle.upgrade();
        let outcome = lifecycle.and_then(|lifecycle| lifecycle.land(self.id, landing));
        self.end = None;
        end.come(outcome);
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        // Foreign code can panic while it is told of the landing; nobody is left waiting for that.
        if std::thread::panicking()
            && let Some(end) = self.end.take()
        {
            end.come(None);
        }
        self.report(Landing::Aborted);
    }
}

/// A panic in the application's callback or transport ends the flight, not the program.
async fn catch_panic(work: impl Future<Output = Landing>) -> Landing {
    let mut work = pin!(work);
    std::future::poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))).unwrap_or(Poll::Ready(Landing::Panicked))
    })
    .await
}
