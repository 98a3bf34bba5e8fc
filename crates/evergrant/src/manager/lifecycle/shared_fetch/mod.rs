//! A flight: a fetch that callers share. It runs on a detached task, and callers detect when that task no longer runs.

mod task;
#[cfg(test)]
#[cfg(not(evergrant_loom))]
mod tests;

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tracing::Span;

use self::task::CompletionGuard;
pub(super) use self::task::{FlightTask, is_inside_flight_of};
use super::{EntryResult, Lifecycle};
use crate::manager::coordination::Coordinator;
use crate::manager::fetch::{FetchMode, FetchOutcome, FetchRequest, Priority, Source};
use crate::metrics::Reason;
use crate::runtime::Timestamp;

/// The lifecycle's handle to a flight. Dropping it ends the flight's tasks.
pub(super) struct Flight {
    request: FetchRequest,
    source: Source,
    /// Time after which the flight is considered lost.
    limit: Duration,
    result: Arc<SharedResult>,
    /// The tasks, the newest last. More than one after a takeover.
    tasks: Vec<TaskHandle>,
    /// How many more tasks may repeat the request. Zero if it must not be sent twice.
    repeats_left: u32,
}

struct TaskHandle {
    id: u64,
    /// Dropping it stops the task.
    _stop: oneshot::Receiver<()>,
}

/// How many tasks may repeat the request, each after the previous one has stalled.
const MAX_REPEATS: u32 = 2;

impl Flight {
    /// Creates a flight and its first task.
    pub(super) fn new(
        lifecycle: &Arc<Lifecycle>,
        id: u64,
        source: Source,
        request: FetchRequest,
    ) -> (Self, FlightTask) {
        let rotates = lifecycle.may_rotate(request.last.as_ref());
        let may_repeat = !rotates && source.provider.is_none();
        let mut flight = Self {
            limit: limit(lifecycle, &request.mode),
            result: Arc::default(),
            tasks: Vec::with_capacity(1),
            repeats_left: if may_repeat { MAX_REPEATS } else { 0 },
            request: request.clone(),
            source,
        };
        let mut task = flight.add_task(lifecycle, id, request);
        // The server may respond only once, so the task keeps the lifecycle alive until it has the response.
        task.keep_alive = rotates.then(|| Arc::clone(lifecycle));
        (flight, task)
    }

    pub(super) fn started(&self) -> Timestamp {
        self.request.started
    }

    pub(super) fn reason(&self) -> Reason {
        self.request.reason
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    pub(super) fn result(&self) -> &SharedResult {
        &self.result
    }

    /// Returns a waiter for a caller that joins the flight. A background renewal may retry from now on.
    pub(super) fn waiter(&self) -> Waiter {
        if !self.request.has_waiting_callers() {
            self.source.endpoint.allow_retries();
        }
        Waiter::new(&self.result)
    }

    /// Returns whether the flight has ended or has exceeded its limit. A flight whose runtime no longer runs never ends
    /// itself.
    pub(super) fn is_lost(&self, now: Timestamp) -> bool {
        self.result.is_set() || now.elapsed_since(self.request.started) > self.limit
    }

    pub(super) fn has_task(&self, id: u64) -> bool {
        self.tasks.iter().any(|task| task.id == id)
    }

    /// Returns whether a newer task, which took over from this stalled one, continues the flight after this outcome. A
    /// token ends the flight, no matter which task fetched it.
    pub(super) fn continues_without(&mut self, id: u64, outcome: &FetchOutcome) -> bool {
        let is_newest = self.tasks.last().is_none_or(|newest| newest.id == id);
        if is_newest || matches!(outcome, FetchOutcome::Token(..)) {
            return false;
        }
        self.tasks.retain(|task| task.id != id);
        true
    }

    /// Creates another task for the same request, for a caller whose probe no task has answered.
    pub(super) fn repeat(
        &mut self,
        lifecycle: &Arc<Lifecycle>,
        waiter: &Waiter,
        probe: u64,
        id: u64,
    ) -> Option<FlightTask> {
        if !waiter.waits_for(&self.result) || self.result.is_set() || !self.result.is_stalled(probe) {
            return None;
        }
        self.repeats_left = self.repeats_left.checked_sub(1)?;
        let now = lifecycle.runtime.now();
        // From now on, the new task answers the other callers' probes.
        self.result.mark_answered();
        let limit = limit(lifecycle, &self.request.mode);
        self.limit = now.elapsed_since(self.request.started).saturating_add(limit);
        let request = FetchRequest {
            started: now,
            priority: Priority::Callers,
            ..self.request.clone()
        };
        Some(self.add_task(lifecycle, id, request))
    }

    fn add_task(&mut self, lifecycle: &Arc<Lifecycle>, id: u64, request: FetchRequest) -> FlightTask {
        let (stop, _stop) = oneshot::channel();
        self.tasks.push(TaskHandle { id, _stop });
        FlightTask {
            request,
            source: self.source.clone(),
            coordinator: lifecycle.coordinator.clone(),
            stop,
            keep_alive: None,
            guard: CompletionGuard::new(lifecycle, id, &self.result),
        }
    }
}

/// Returns the maximum duration of a flight, plus a second for reporting its outcome.
fn limit(lifecycle: &Lifecycle, mode: &FetchMode) -> Duration {
    let settings = lifecycle.source.endpoint.settings();
    let check = match mode {
        FetchMode::Fetch | FetchMode::ReadStore(_) => Duration::ZERO,
        FetchMode::FetchIfCredentialsChanged(_) => settings.attempt_timeout,
    };
    let coordinator = lifecycle.coordinator.as_deref();
    let coordination = coordinator.map_or(Duration::ZERO, Coordinator::extra_time);
    settings
        .fetch_timeout
        .saturating_add(check)
        .saturating_add(coordination)
        .saturating_add(Duration::from_secs(1))
}

/// The result of a flight, which all its waiters and all its tasks share.
#[derive(Default)]
pub(super) struct SharedResult {
    result: OnceLock<EntryResult>,
    ready: Notify,
    /// The span of the newest task, until there is a result.
    span: Mutex<Option<Span>>,
    /// Number of probes that waiters have sent.
    probes: AtomicU64,
    /// Number of the last probe that a task has answered.
    answered: AtomicU64,
    probed: Notify,
}

impl SharedResult {
    /// Sets the result, unless it is set already.
    pub(super) fn set(&self, result: EntryResult) {
        if self.result.set(result).is_ok() {
            self.set_span(None);
            self.ready.notify_waiters();
        }
    }

    fn set_span(&self, span: Option<Span>) {
        *self.span.lock().unwrap_or_else(PoisonError::into_inner) = span;
    }

    /// Links the span of the waiting caller to the span of the fetch.
    fn link_caller(&self) {
        if let Some(span) = &*self.span.lock().unwrap_or_else(PoisonError::into_inner) {
            Span::current().follows_from(span);
        }
    }

    pub(super) fn is_set(&self) -> bool {
        self.result.get().is_some()
    }

    /// Answers each probe when the task is polled. Costs nothing without probes.
    pub(super) async fn answer_probes(&self) {
        loop {
            let mut probed = pin!(self.probed.notified());
            // Registers before reading, so that no probe is missed.
            probed.as_mut().enable();
            self.mark_answered();
            probed.await;
        }
    }

    /// Counts the probes so far as answered.
    pub(super) fn mark_answered(&self) {
        let probes = self.probes.load(Ordering::SeqCst);
        // Another task may have answered a later probe.
        self.answered.fetch_max(probes, Ordering::SeqCst);
    }

    /// Returns whether no task has run since this probe.
    pub(super) fn is_stalled(&self, probe: u64) -> bool {
        self.answered.load(Ordering::SeqCst) < probe
    }
}

/// A caller's handle to a flight.
pub(super) struct Waiter(Arc<SharedResult>);

impl Waiter {
    pub(super) fn new(result: &Arc<SharedResult>) -> Self {
        Self(Arc::clone(result))
    }

    pub(super) fn waits_for(&self, result: &Arc<SharedResult>) -> bool {
        Arc::ptr_eq(&self.0, result)
    }

    /// Returns whether no task of the flight has run since this probe.
    pub(super) fn is_stalled(&self, probe: u64) -> bool {
        self.0.is_stalled(probe)
    }

    pub(super) async fn result(&self) -> EntryResult {
        self.0.link_caller();
        loop {
            // Registers before reading, so that the result is not missed.
            let mut ready = pin!(self.0.ready.notified());
            ready.as_mut().enable();
            if let Some(result) = self.0.result.get() {
                return result.clone();
            }
            ready.await;
        }
    }

    /// Asks the task of the flight for a sign that it still runs. Returns the number of this question.
    pub(super) fn probe(&self) -> u64 {
        let probe = self.0.probes.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.probed.notify_waiters();
        probe
    }
}
