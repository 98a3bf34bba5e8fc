//! Hears of other processes' changes over a connection that does nothing else, made again whenever it is lost: the part of it that
//! is the same for all engines.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use evergrant::store::{Changes, StoreError};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// An engine that tells of changes.
pub(super) trait Notifier: Send + Sync + 'static {
    /// Listens for as long as one connection lives. `attempt` counts the connections so far.
    fn listen(&self, attempt: usize, hearing: &Hearing) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Where, for the event that tells of a loss.
    fn place(&self) -> &str;
}

/// Starts listening when somebody wants to hear, and ends when dropped.
#[derive(Debug)]
pub(super) struct Listener<N> {
    notifier: Arc<N>,
    changes: Changes,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// What one connection has to say.
pub(super) struct Hearing {
    changes: Changes,
    began: AtomicBool,
}

const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

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

    /// From inside a runtime. One that was shut down since has taken the listener along.
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

impl Hearing {
    /// From here on, changes are heard of.
    pub(super) fn begin(&self) {
        self.began.store(true, Ordering::Relaxed);
        // Whatever happened before, nobody was told of it.
        self.changes.tell_all();
    }

    /// Anybody may write anything to a channel.
    pub(super) fn hear(&self, message: &str) {
        if let Ok(key) = message.parse() {
            self.changes.tell(&key);
        }
    }
}

async fn listen(notifier: Arc<impl Notifier>, changes: Changes) {
    let mut pause = SHORTEST_PAUSE;
    for attempt in 0_usize.. {
        let hearing = Hearing {
            changes: changes.clone(),
            began: AtomicBool::new(false),
        };
        if let Err(error) = notifier.listen(attempt, &hearing).await {
            tell_of_loss(notifier.place(), &error);
        }
        if hearing.began.into_inner() {
            pause = SHORTEST_PAUSE;
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// No more than this: whoever waits for a change looks at the record from time to time, and finds out by itself.
fn tell_of_loss(place: &str, error: &StoreError) {
    tracing::debug!(
        name: "evergrant.store_notifications_lost",
        target: "evergrant",
        place = place,
        problem = %error,
        "no notifications of changes to tokens for a moment"
    );
}
