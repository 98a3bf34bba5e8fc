//! Receives notifications of changes by other processes over a separate connection, and reconnects when it is lost.
//! This part is the same for all engines.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use evergrant::store::{Changes, StoreError};
use tokio::task::JoinHandle;

use crate::time_limits::sleep;

/// An engine with notifications.
pub(super) trait Notifier: Send + Sync + 'static {
    /// Connects and listens until the connection ends. `attempt` is the number of earlier connections.
    fn listen(
        &self,
        attempt: usize,
        subscription: &Subscription,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Returns the location for the event about a lost connection.
    fn location(&self) -> &str;
}

/// A task that receives notifications. It starts on first use and ends when this is dropped.
#[derive(Debug)]
pub(super) struct Listener<N> {
    notifier: Arc<N>,
    changes: Changes,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// The notifications of one connection.
pub(super) struct Subscription {
    changes: Changes,
    subscribed: AtomicBool,
}

const MIN_BACKOFF: Duration = Duration::from_millis(100);
const MAX_BACKOFF: Duration = Duration::from_secs(5);

impl<N: Notifier> Listener<N> {
    pub(super) fn new(notifier: Arc<N>) -> Self {
        Self {
            notifier,
            changes: Changes::new(),
            task: Mutex::default(),
        }
    }

    pub(super) fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Starts the task if it does not run, such as after its runtime was shut down. Must be called within a runtime.
    pub(super) fn ensure_started(&self) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if task.as_ref().is_none_or(JoinHandle::is_finished) {
            *task = Some(tokio::spawn(listen(Arc::clone(&self.notifier), self.changes.clone())));
        }
    }
}

impl<N> Drop for Listener<N> {
    fn drop(&mut self) {
        let task = self.task.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = task {
            task.abort();
        }
    }
}

impl Subscription {
    /// Marks the start of the subscription.
    pub(super) fn start(&self) {
        self.subscribed.store(true, Ordering::Relaxed);
        // Changes before the subscription were missed.
        self.changes.notify_all();
    }

    /// Handles a message on the channel. Messages that are not keys are ignored.
    pub(super) fn handle(&self, message: &str) {
        if let Ok(key) = message.parse() {
            self.changes.notify(&key);
        }
    }
}

async fn listen(notifier: Arc<impl Notifier>, changes: Changes) {
    let mut backoff = MIN_BACKOFF;
    for attempt in 0_usize.. {
        let subscription = Subscription {
            changes: changes.clone(),
            subscribed: AtomicBool::new(false),
        };
        if let Err(error) = notifier.listen(attempt, &subscription).await {
            report_loss(notifier.location(), &error);
        }
        if subscription.subscribed.into_inner() {
            backoff = MIN_BACKOFF;
        }
        sleep(backoff).await;
        backoff = (backoff * 2).min(MAX_BACKOFF);
    }
}

/// Reports a lost connection. A debug event is enough, because waiting calls also poll the record.
fn report_loss(location: &str, error: &StoreError) {
    tracing::debug!(
        name: "evergrant.store_notifications_lost",
        target: "evergrant",
        place = location,
        problem = %error,
        "notifications of token changes are interrupted"
    );
}
