//! Notifications of changed records, which storage engines send to managers and waiting fetches.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Notify;

use super::StoreKey;

/// The channel through which a store passes the notifications of its storage engine to listeners. Cheap to clone; all
/// clones share the listeners.
///
/// A notification means that a record *may* have changed. A superfluous notification costs one load of the record; a
/// lost notification is compensated by periodic loads.
#[derive(Debug, Clone, Default)]
pub struct Changes(Arc<Mutex<Signals>>);

/// Receives the notifications of changes of one record. Created by [`Changes::listen`].
#[derive(Debug, Clone)]
pub struct ChangeListener(Arc<Signal>);

#[derive(Debug, Default)]
struct Signals {
    by_key: HashMap<StoreKey, Weak<Signal>>,
    /// Number of signals at which unused ones are pruned.
    prune_at: usize,
}

#[derive(Debug, Default)]
struct Signal {
    count: AtomicU64,
    notify: Notify,
}

/// Number of signals up to which unused ones are not pruned.
const MIN_PRUNED: usize = 64;

impl Changes {
    /// Creates a channel without listeners.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notifies the listeners of `key` that the record of this key may have changed.
    pub fn notify(&self, key: &StoreKey) {
        let signal = self.lock().by_key.get(key).and_then(Weak::upgrade);
        if let Some(signal) = signal {
            signal.notify();
        }
    }

    /// Notifies all listeners that their records may have changed. Call this after the notifications of the storage
    /// engine were interrupted.
    pub fn notify_all(&self) {
        let signals: Vec<_> = self.lock().by_key.values().filter_map(Weak::upgrade).collect();
        for signal in signals {
            signal.notify();
        }
    }

    /// Returns a listener for changes of the record of `key`. It is removed when the listener and all its clones are
    /// dropped.
    #[must_use]
    pub fn listen(&self, key: &StoreKey) -> ChangeListener {
        let mut signals = self.lock();
        if let Some(signal) = signals.by_key.get(key).and_then(Weak::upgrade) {
            return ChangeListener(signal);
        }
        if signals.by_key.len() >= signals.prune_at {
            signals.by_key.retain(|_, signal| signal.strong_count() > 0);
            // Keeps the cost of a listener constant for any number of them.
            signals.prune_at = signals.by_key.len().saturating_mul(2).max(MIN_PRUNED);
        }
        let signal = Arc::<Signal>::default();
        signals.by_key.insert(key.clone(), Arc::downgrade(&signal));
        ChangeListener(signal)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Signals> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChangeListener {
    /// Returns the number of changes so far, for [`changed_since`](Self::changed_since). Call it before loading the
    /// record, so that a change during the load is not missed.
    #[inline]
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.count.load(Ordering::Acquire)
    }

    /// Waits until the [number of changes](Self::count) is greater than `seen`.
    pub async fn changed_since(&self, seen: u64) {
        loop {
            // Registered before the check, so that no change in between is missed.
            let mut notified = pin!(self.0.notify.notified());
            notified.as_mut().enable();
            if self.count() > seen {
                return;
            }
            notified.await;
        }
    }
}

impl Signal {
    fn notify(&self) {
        self.count.fetch_add(1, Ordering::Release);
        self.notify.notify_waiters();
    }
}
