//! The task of a flight (a shared fetch): fetches the token, and always reports an outcome to the lifecycle.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::oneshot;
use tracing::Instrument as _;

use super::{SharedResult, Waiter};
use crate::error::{ClientContext, Error};
use crate::events;
use crate::manager::coordination::Coordinator;
use crate::manager::fetch::{FetchMode, FetchOutcome, FetchRequest, Source};
use crate::manager::lifecycle::Lifecycle;
use crate::runtime::BoxFuture;

/// A task to spawn after the lifecycle's lock is released.
pub(in crate::manager::lifecycle) struct FlightTask {
    pub(super) request: FetchRequest,
    pub(super) source: Source,
    pub(super) coordinator: Option<Arc<Coordinator>>,
    /// Closed when the flight is dropped.
    pub(super) stop: oneshot::Sender<()>,
    pub(super) keep_alive: Option<Arc<Lifecycle>>,
    /// Created with the task, so that a task that never runs is reported too.
    pub(super) guard: CompletionGuard,
}

tokio::task_local! {
    /// The managers whose flights the current task runs in, directly or nested.
    static ENCLOSING_FLIGHTS: Vec<usize>;
}

/// Identifies a live manager.
fn key(lifecycle: *const Lifecycle) -> usize {
    lifecycle.addr()
}

/// Returns whether this task runs inside a flight of this manager, so that waiting for the flight would never end.
pub(in crate::manager::lifecycle) fn is_inside_flight_of(lifecycle: &Arc<Lifecycle>) -> bool {
    // All of loom's threads share one task-local variable.
    if cfg!(evergrant_loom) {
        return false;
    }
    let key = key(Arc::as_ptr(lifecycle));
    ENCLOSING_FLIGHTS
        .try_with(|enclosing| enclosing.contains(&key))
        .unwrap_or(false)
}

impl FlightTask {
    /// Returns a waiter for the caller that started the flight.
    pub(in crate::manager::lifecycle) fn waiter(&self) -> Waiter {
        Waiter::new(&self.guard.result)
    }

    pub(in crate::manager::lifecycle) fn into_future(self) -> BoxFuture<'static, ()> {
        let mut enclosing = ENCLOSING_FLIGHTS.try_with(Clone::clone).unwrap_or_default();
        enclosing.push(key(self.guard.lifecycle.as_ptr()));
        let span = events::fetch_span(&self.guard.client, self.request.reason);
        self.guard.result.set_span(Some(span.clone()));
        Box::pin(ENCLOSING_FLIGHTS.scope(enclosing, self.run().instrument(span)))
    }

    async fn run(self) {
        let Self {
            request,
            source,
            coordinator,
            mut guard,
            keep_alive: _keep_alive,
            mut stop,
        } = self;
        let client = Arc::clone(&guard.client);
        let result = Arc::clone(&guard.result);
        let fetch = catch_panic(&client, fetch(request, source, coordinator));
        let outcome = {
            let abandoned = stop.closed();
            let (mut fetch, mut abandoned, mut probes) = (pin!(fetch), pin!(abandoned), pin!(result.answer_probes()));
            std::future::poll_fn(|context| {
                if let Poll::Ready(outcome) = fetch.as_mut().poll(context) {
                    return Poll::Ready(Some(outcome));
                }
                let _: Poll<()> = probes.as_mut().poll(context);
                abandoned.as_mut().poll(context).map(|()| None)
            })
            .await
        };
        if let Some(outcome) = outcome {
            guard.report(outcome);
        }
    }
}

async fn fetch(request: FetchRequest, source: Source, coordinator: Option<Arc<Coordinator>>) -> FetchOutcome {
    match &request.mode {
        FetchMode::Fetch => {}
        FetchMode::FetchIfCredentialsChanged(error) => {
            if !source.endpoint.credentials_changed().await {
                return FetchOutcome::Unchanged(error.clone());
            }
        }
        FetchMode::ReadStore(error) => {
            let found = match &coordinator {
                Some(coordinator) => Box::pin(coordinator.read(&request)).await,
                None => None,
            };
            return found.unwrap_or_else(|| match error {
                Some(error) => FetchOutcome::Unchanged(error.clone()),
                None => FetchOutcome::Deferred(Duration::ZERO),
            });
        }
    }
    events::fetch_started(&source.endpoint.settings().client, request.reason);
    match coordinator {
        // Boxed, to keep the flights of managers without a store small.
        Some(coordinator) => Box::pin(coordinator.fetch(request, &source)).await,
        None => source.fetch(request.last, request.started).await.into(),
    }
}

/// Turns a panic in the application's callback or transport into a failure of the flight.
async fn catch_panic(client: &Arc<ClientContext>, fetch: impl Future<Output = FetchOutcome>) -> FetchOutcome {
    let mut fetch = pin!(fetch);
    std::future::poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| fetch.as_mut().poll(context)))
            .unwrap_or_else(|_| Poll::Ready(FetchOutcome::Failed(Error::Panicked(Arc::clone(client)))))
    })
    .await
}

/// Reports to the lifecycle exactly once, even if the task is dropped before it ends.
pub(super) struct CompletionGuard {
    lifecycle: Weak<Lifecycle>,
    client: Arc<ClientContext>,
    /// The task's id.
    id: u64,
    result: Arc<SharedResult>,
    reported: bool,
}

impl CompletionGuard {
    pub(super) fn new(lifecycle: &Arc<Lifecycle>, id: u64, result: &Arc<SharedResult>) -> Self {
        Self {
            lifecycle: Arc::downgrade(lifecycle),
            client: Arc::clone(&lifecycle.client),
            id,
            result: Arc::clone(result),
            reported: false,
        }
    }

    fn report(&mut self, outcome: FetchOutcome) {
        let lifecycle = self.lifecycle.upgrade();
        let continues = lifecycle.is_some_and(|lifecycle| lifecycle.complete(self.id, outcome));
        self.reported = true;
        if !continues {
            // For a flight that was dropped before; otherwise its result is already set.
            self.abort();
        }
    }

    fn abort(&self) {
        self.result.set(Err(Error::Aborted(Arc::clone(&self.client))));
    }
}

impl Drop for CompletionGuard {
    fn drop(&mut self) {
        if self.reported {
            return;
        }
        // Application code may panic during the notification; the waiting callers still get a result.
        if std::thread::panicking() {
            self.abort();
        } else {
            self.report(FetchOutcome::Aborted);
        }
    }
}
