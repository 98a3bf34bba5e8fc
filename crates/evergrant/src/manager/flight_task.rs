//! The task of a flight: what it does, and that it reports its end whatever happens.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::oneshot;
use tracing::Instrument as _;

use super::events::{self, Reason};
use super::fleet::{Ask, Obtained, Sight};
use super::flight::{Errand, Landed, Landing, Plan};
use super::lifecycle::Lifecycle;
use super::provider::Source;
use super::waiter::{End, Waiter};
use crate::runtime::BoxFuture;

/// The task's end, to be launched once the lifecycle's lock is free.
pub(super) struct Departure {
    pub(super) plan: Plan,
    pub(super) end: Arc<End>,
    pub(super) wanted: oneshot::Sender<()>,
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
        Waiter::of(&self.end)
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
            end: Some(Arc::clone(&end)),
        };
        Box::pin(ABOARD.scope(aboard, fly(plan, wanted, end, arrival).instrument(span)))
    }
}

async fn fly(plan: Plan, mut wanted: oneshot::Sender<()>, end: Arc<End>, mut arrival: Arrival) {
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
        let (mut work, mut deserted, mut checks) = (pin!(work), pin!(deserted), pin!(end.answer_checks()));
        std::future::poll_fn(|context| {
            if let Poll::Ready(landing) = work.as_mut().poll(context) {
                return Poll::Ready(Some(landing));
            }
            let _: Poll<()> = checks.as_mut().poll(context);
            deserted.as_mut().poll(context).map(|()| None)
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
        let landed = lifecycle.map_or(Landed::Nowhere, |lifecycle| lifecycle.land(self.id, landing));
        self.end = None;
        match landed {
            Landed::Here(outcome) => end.come(Some(outcome)),
            Landed::Nowhere => end.come(None),
            Landed::Elsewhere => {}
        }
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
