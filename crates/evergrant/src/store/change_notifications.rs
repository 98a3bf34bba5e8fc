//! Notifications of changed records, from storage engines to managers and to fetches that wait for another process.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Notify;

use super::StoreKey;

/// The channel through which a [`TokenStore`](super::TokenStore) notifies the library of records that other processes
/// have changed. Cheap to clone; all clones share the listeners.
///
/// A notification means that a record *may* have changed. A superfluous notification costs one load of the record. If a
/// notification is lost, the change is found later, because records are also loaded periodically.
#[derive(Debug, Clone, Default)]
pub struct Changes(Arc<Mutex<Signals>>);

/// A listener for changes that other processes make to one record in a token store. Created by [`Changes::listen`].
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
    /// Creates a channel for notifications of changed records, without listeners.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notifies all listeners for the record with this key that the record may have changed. A token store calls this
    /// when its storage engine reports a change.
    pub fn notify(&self, key: &StoreKey) {
        let signal = self.lock().by_key.get(key).and_then(Weak::upgrade);
        if let Some(signal) = signal {
            signal.notify();
        }
    }

    /// Notifies the listeners of all records that these may have changed. A token store calls this after the storage
    /// engine's notifications were interrupted, because some may have been lost.
    pub fn notify_all(&self) {
        let signals: Vec<_> = self.lock().by_key.values().filter_map(Weak::upgrade).collect();
        for signal in signals {
            signal.notify();
        }
    }

    /// Returns a listener for changes of the token store's record with this key. The listener is removed from this
    /// channel when it and all its clones have been dropped.
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
    /// Returns how often this listener's record may have changed so far, to be passed to
    /// [`changed_since`](Self::changed_since). Call this before you load the record, so that a change during the load
    /// is not missed.
    #[inline]
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.count.load(Ordering::Acquire)
    }

    /// Waits until this listener's record may have changed again: until [`count`](Self::count), the number of
    /// notifications, is greater than `seen`.
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
