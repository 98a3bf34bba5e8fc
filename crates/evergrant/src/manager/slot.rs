//! Where the current token lies: read by every call without a lock, swapped by the lifecycle.

use std::sync::Arc;

use arc_swap::Guard;

use super::entry::Entry;

pub(super) use self::cell::Slot;

#[cfg(not(evergrant_loom))]
mod cell {
    use arc_swap::ArcSwapOption;

    use super::{Arc, Entry, Guard};

    /// The one place behind which the atomic pointer hides.
    #[derive(Default)]
    pub(in crate::manager) struct Slot(ArcSwapOption<Entry>);

    impl Slot {
        #[inline]
        pub(in crate::manager) fn read(&self) -> Guard<Option<Arc<Entry>>> {
            self.0.load()
        }

        pub(in crate::manager) fn get(&self) -> Option<Arc<Entry>> {
            self.0.load_full()
        }

        pub(in crate::manager) fn set(&self, entry: Option<Arc<Entry>>) {
            self.0.store(entry);
        }
    }
}

/// What is model-checked is how the slot is used, not `arc-swap`, which loom cannot look into.
#[cfg(evergrant_loom)]
mod cell {
    use std::sync::PoisonError;

    use super::{Arc, Entry, Guard};
    use crate::sync::Mutex;

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
