//! Where the current token lies: read by every call without a lock, swapped by the lifecycle.

use std::sync::Arc;

use arc_swap::{ArcSwapOption, Guard};

use super::entry::Entry;

/// The one place behind which the atomic pointer hides.
#[derive(Default)]
pub(super) struct Slot(ArcSwapOption<Entry>);

impl Slot {
    #[inline]
    pub(super) fn read(&self) -> Guard<Option<Arc<Entry>>> {
        self.0.load()
    }

    pub(super) fn get(&self) -> Option<Arc<Entry>> {
        self.0.load_full()
    }

    pub(super) fn set(&self, entry: Option<Arc<Entry>>) {
        self.0.store(entry);
    }
}
