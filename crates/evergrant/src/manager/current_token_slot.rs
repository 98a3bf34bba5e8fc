//! The slot of the current token: calls read it without a lock, and the manager replaces its content.

use std::sync::Arc;

use arc_swap::Guard;

use super::cached_token::Entry;

pub(super) use self::cell::Slot;

#[cfg(not(evergrant_loom))]
mod cell {
    use arc_swap::ArcSwapOption;

    use super::{Arc, Entry, Guard};

    /// Wraps the atomic pointer to the current entry.
    #[derive(Default)]
    pub(in crate::manager) struct Slot {
        entry: ArcSwapOption<Entry>,
        #[cfg(test)]
        reads: std::sync::atomic::AtomicUsize,
    }

    impl Slot {
        #[inline]
        pub(in crate::manager) fn read(&self) -> Guard<Option<Arc<Entry>>> {
            #[cfg(test)]
            self.count_read();
            self.entry.load()
        }

        pub(in crate::manager) fn get(&self) -> Option<Arc<Entry>> {
            #[cfg(test)]
            self.count_read();
            self.entry.load_full()
        }

        pub(in crate::manager) fn set(&self, entry: Option<Arc<Entry>>) {
            self.entry.store(entry);
        }
    }

    #[cfg(test)]
    impl Slot {
        fn count_read(&self) {
            self.reads.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }

        /// Returns and resets the number of reads.
        pub(in crate::manager) fn take_reads(&self) -> usize {
            self.reads.swap(0, std::sync::atomic::Ordering::Relaxed)
        }
    }
}

/// The model checks the use of the slot, not `arc-swap`, which loom cannot instrument.
#[cfg(evergrant_loom)]
mod cell {
    use std::sync::PoisonError;

    use super::{Arc, Entry, Guard};
    use crate::std_or_loom_sync::Mutex;

    #[derive(Default)]
    pub(in crate::manager) struct Slot(Mutex<Option<Arc<Entry>>>);

    impl Slot {
        pub(in crate::manager) fn read(&self) -> Guard<Option<Arc<Entry>>> {
            Guard::from_inner(self.get())
        }

        pub(in crate::manager) fn get(&self) -> Option<Arc<Entry>> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
        }

        pub(in crate::manager) fn set(&self, entry: Option<Arc<Entry>>) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = entry;
        }
    }
}
