//! The store in memory, for tests and for managers of one process that share a token.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use super::{Changes, Loaded, StoreError, StoreKey, Swap, SwapOutcome, TokenStore};
use crate::Secret;
use crate::runtime::SharedRuntime;

/// A token store in the memory of this process, for tests and for token managers of one process. Cheap to clone; all
/// clones share their records.
#[derive(Clone, Default)]
pub struct MemoryStore {
    records: Arc<Mutex<Records>>,
    changes: Changes,
    runtime: SharedRuntime,
}

#[derive(Default)]
struct Records {
    by_key: BTreeMap<StoreKey, Entry>,
    /// Number of operations until expired records are removed.
    operations_left: usize,
}

struct Entry {
    record: Secret,
    expires: Duration,
}

impl MemoryStore {
    /// Creates an empty token store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an empty token store that reads the time from `runtime`, such as the manual clock of a test.
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

    /// Locks the records. Removes expired ones after as many operations as there are records, which keeps the cost of
    /// an operation constant for any number of records.
    fn records(&self, now: Duration) -> MutexGuard<'_, Records> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        match records.operations_left.checked_sub(1) {
            Some(left) => records.operations_left = left,
            None => {
                records.by_key.retain(|_, entry| entry.expires > now);
                records.operations_left = records.by_key.len();
            }
        }
        records
    }
}

impl Records {
    fn get(&self, key: &StoreKey, now: Duration) -> Option<&Secret> {
        let entry = self.by_key.get(key).filter(|entry| entry.expires > now);
        entry.map(|entry| &entry.record)
    }
}

impl TokenStore for MemoryStore {
    async fn load(&self, key: &StoreKey) -> Result<Loaded, StoreError> {
        let now = self.now();
        let record = self.records(now).get(key, now).cloned();
        Ok(Loaded { record, now })
    }

    async fn swap(&self, key: &StoreKey, swap: Swap) -> Result<SwapOutcome, StoreError> {
        let now = self.now();
        {
            let mut records = self.records(now);
            let current = records.get(key, now).map(Secret::expose);
            if current != swap.expected.as_ref().map(Secret::expose) {
                return Ok(SwapOutcome::Conflict);
            }
            match swap.record {
                Some(record) => {
                    let expires = now.saturating_add(swap.ttl);
                    records.by_key.insert(key.clone(), Entry { record, expires });
                }
                None => {
                    records.by_key.remove(key);
                }
            }
        }
        if swap.notify {
            self.changes.notify(key);
        }
        Ok(SwapOutcome::Done)
    }

    async fn keys(&self) -> Result<Vec<StoreKey>, StoreError> {
        let now = self.now();
        let records = self.records(now);
        let current = records.by_key.iter().filter(|(_, entry)| entry.expires > now);
        Ok(current.map(|(key, _)| key.clone()).collect())
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
