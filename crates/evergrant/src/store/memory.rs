//! Records in this process's memory: for tests, and for managers that would otherwise each fetch a token of their own.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use super::{Changes, Loaded, StoreError, StoreKey, Swap, SwapOutcome, TokenStore};
use crate::Secret;
use crate::runtime::SharedRuntime;

/// A store within one process. A cheap clone; all clones share their records.
#[derive(Clone, Default)]
pub struct MemoryStore {
    records: Arc<Mutex<BTreeMap<StoreKey, Kept>>>,
    changes: Changes,
    runtime: SharedRuntime,
}

struct Kept {
    record: Secret,
    until: Duration,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store with a clock of its own, such as a test's.
    #[must_use]
    pub fn with_runtime(runtime: impl Into<SharedRuntime>) -> Self {
        Self {
            runtime: runtime.into(),
            ..Self::default()
        }
    }

    fn now(&self) -> Duration {
        self.runtime.now().wall().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    /// With the records that are no longer kept gone.
    fn records(&self, now: Duration) -> MutexGuard<'_, BTreeMap<StoreKey, Kept>> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.retain(|_, kept| kept.until > now);
        records
    }
}

impl TokenStore for MemoryStore {
    async fn load(&self, key: &StoreKey) -> Result<Loaded, StoreError> {
        let now = self.now();
        let record = self.records(now).get(key).map(|kept| kept.record.clone());
        Ok(Loaded { record, now })
    }

    async fn swap(&self, key: &StoreKey, swap: Swap) -> Result<SwapOutcome, StoreError> {
        let now = self.now();
        {
            let mut records = self.records(now);
            let current = records.get(key).map(|kept| kept.record.expose());
            if current != swap.expected.as_ref().map(Secret::expose) {
                return Ok(SwapOutcome::Conflict);
            }
            match swap.record {
                Some(record) => {
                    let until = now.saturating_add(swap.keep);
                    records.insert(key.clone(), Kept { record, until });
                }
                None => {
                    records.remove(key);
                }
            }
        }
        if swap.announce {
            self.changes.tell(key);
        }
        Ok(SwapOutcome::Done)
    }

    async fn keys(&self) -> Result<Vec<StoreKey>, StoreError> {
        Ok(self.records(self.now()).keys().cloned().collect())
    }

    fn changes(&self) -> Option<&Changes> {
        Some(&self.changes)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}
