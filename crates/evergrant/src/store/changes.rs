//! Who wants to know when a record changes: told by an engine's notifications, asked by managers and waiting flights.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Notify;

use super::StoreKey;

/// Where a store passes on its engine's notifications. A cheap clone; all clones share their listeners.
///
/// A notification says that a record *may* have changed: one too many costs a look, and one that is lost is made up for by
/// looking from time to time.
#[derive(Debug, Clone, Default)]
pub struct Changes(Arc<Mutex<HashMap<StoreKey, Weak<Signal>>>>);

/// Hears of one key's changes.
#[derive(Debug, Clone)]
pub struct ChangeListener(Arc<Signal>);

#[derive(Debug, Default)]
struct Signal {
    changes: AtomicU64,
    told: Notify,
}

impl Changes {
    /// Nobody listens yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The record under this key may have changed.
    pub fn tell(&self, key: &StoreKey) {
        let signal = self.lock().get(key).and_then(Weak::upgrade);
        if let Some(signal) = signal {
            signal.tell();
        }
    }

    /// Any record may have changed: the engine's notifications were interrupted.
    pub fn tell_all(&self) {
        let signals: Vec<_> = self.lock().values().filter_map(Weak::upgrade).collect();
        for signal in signals {
            signal.tell();
        }
    }

    /// Listens to one key from now on, until the listener and its clones are gone.
    #[must_use]
    pub fn listen(&self, key: &StoreKey) -> ChangeListener {
        let mut signals = self.lock();
        if let Some(signal) = signals.get(key).and_then(Weak::upgrade) {
            return ChangeListener(signal);
        }
        signals.retain(|_, signal| signal.strong_count() > 0);
        let signal = Arc::<Signal>::default();
        signals.insert(key.clone(), Arc::downgrade(&signal));
        ChangeListener(signal)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<StoreKey, Weak<Signal>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChangeListener {
    /// How many changes there have been; to be remembered before a look at the record.
    #[inline]
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.changes.load(Ordering::Acquire)
    }

    /// Waits until there have been more changes than `seen`.
    pub async fn more_than(&self, seen: u64) {
        loop {
            // In line before the look, so that nothing is missed between the two.
            let mut told = pin!(self.0.told.notified());
            told.as_mut().enable();
            if self.count() > seen {
                return;
            }
            told.await;
        }
    }
}

impl Signal {
    fn tell(&self) {
        self.changes.fetch_add(1, Ordering::Release);
        self.told.notify_waiters();
    }
}
