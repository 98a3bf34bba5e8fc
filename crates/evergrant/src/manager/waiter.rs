//! What the callers of a flight wait for, and how they notice that nothing drives its task.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::Notify;

use super::flight::Outcome;
use super::lifecycle::Lifecycle;

/// The end of a flight, which all its waiters and all its tasks share.
#[derive(Default)]
pub(super) struct End {
    /// `None` when the flight has gone without a landing.
    outcome: OnceLock<Option<Outcome>>,
    come: Notify,
    /// How often waiters have asked the tasks for a sign of life.
    checks: AtomicU64,
    /// Up to which of these there was one.
    answered: AtomicU64,
    check: Notify,
}

impl End {
    pub(super) fn come(&self, outcome: Option<Outcome>) {
        if self.outcome.set(outcome).is_ok() {
            self.come.notify_waiters();
        }
    }

    pub(super) fn has_come(&self) -> bool {
        self.outcome.get().is_some()
    }

    /// A task's part: answers each check as soon as it is driven. Costs nothing while nobody asks.
    pub(super) async fn answer_checks(&self) {
        loop {
            let mut check = pin!(self.check.notified());
            // In line before the look, so that no check is missed between the two.
            check.as_mut().enable();
            self.give_time();
            check.await;
        }
    }

    /// Counts the checks so far as answered.
    pub(super) fn give_time(&self) {
        let checks = self.checks.load(Ordering::SeqCst);
        // Another task may have answered a later one meanwhile.
        self.answered.fetch_max(checks, Ordering::SeqCst);
    }

    /// Whether no task has been driven since this check.
    pub(super) fn is_stalled(&self, check: u64) -> bool {
        self.answered.load(Ordering::SeqCst) < check
    }
}

/// A caller's end.
pub(super) struct Waiter(Arc<End>);

impl Waiter {
    pub(super) fn of(end: &Arc<End>) -> Self {
        Self(Arc::clone(end))
    }

    pub(super) fn waits_for(&self, end: &Arc<End>) -> bool {
        Arc::ptr_eq(&self.0, end)
    }

    /// `None` when the task is gone without having come to an end.
    async fn outcome(&self) -> Option<Outcome> {
        // In line before the look, so that nothing is missed between the two.
        let mut come = pin!(self.0.come.notified());
        come.as_mut().enable();
        if self.0.outcome.get().is_none() {
            come.await;
        }
        self.0.outcome.get().cloned().flatten()
    }

    fn check(&self) -> u64 {
        let check = self.0.checks.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.check.notify_waiters();
        check
    }
}

/// A caller asks for a sign of life this often, and takes the flight over when none has come until it would ask again.
const CHECK: Duration = Duration::from_millis(500);

impl Lifecycle {
    /// The flight's outcome, or `None` once nothing of the caller's time is left. Only time in which the process runs
    /// counts.
    pub(super) async fn wait_for(self: &Arc<Self>, waiter: Waiter, left: &mut Duration) -> Option<Option<Outcome>> {
        let mut outcome = pin!(waiter.outcome());
        let mut check = None;
        loop {
            let watches = self.runtime.spawns_locally();
            let part = if watches { CHECK.min(*left) } else { *left };
            let began = self.runtime.now();
            let come = match part < *left {
                true => self.runtime.timeout_in_part(part, outcome.as_mut()).await,
                false => self.runtime.timeout(part, outcome.as_mut()).await,
            };
            let spent = match come {
                Some(_) => self.runtime.now().elapsed_since(began).min(part),
                None => part,
            };
            *left = left.saturating_sub(spent);
            if come.is_some() || left.is_zero() {
                return come;
            }
            if let Some(check) = check {
                self.take_over(&waiter, check);
            }
            check = Some(waiter.check());
        }
    }
}
