//! A store that violates the contract in one way.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use evergrant::runtime::{Runtime as _, TokioRuntime};
use evergrant::store::{Changes, Loaded, StoreError, StoreErrorKind, StoreKey, Swap, SwapOutcome, TokenStore};
use tokio::task::yield_now;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    InventsRecords,
    SkipsComparison,
    ComparesTrimmed,
    SwapsMissingRecords,
    SwapIsNotAtomic,
    CachesLoads,
    TrimsText,
    IgnoresKeys,
    ListsRemovedKeys,
    ExpiresEarly,
    NeverExpires,
    KeepsFirstExpiry,
    ConflictExtendsExpiry,
    ExpiryOverflows,
    ClockCountsSeconds,
    ClockPerHandle,
    ClockIsFrozen,
    NeverNotifies,
    SkipsRemovalNotifications,
    StaysBusyWhenCancelled,
    WritesHalfWhenCancelled,
}

/// A handle to the engine.
#[derive(Debug)]
pub(super) struct BrokenStore {
    fault: Option<Fault>,
    engine: Arc<Engine>,
    number: u32,
    busy: AtomicBool,
    cache: Mutex<HashMap<StoreKey, Option<String>>>,
}

#[derive(Debug, Default)]
struct Engine {
    records: Mutex<BTreeMap<StoreKey, (String, Duration)>>,
    removed: Mutex<Vec<StoreKey>>,
    changes: Changes,
    handles: AtomicU32,
}

impl BrokenStore {
    pub(super) fn new(fault: Option<Fault>) -> Self {
        Self {
            fault,
            engine: Arc::default(),
            number: 0,
            busy: AtomicBool::new(false),
            cache: Mutex::default(),
        }
    }

    pub(super) fn handle(&self) -> Self {
        Self {
            engine: Arc::clone(&self.engine),
            number: self.engine.handles.fetch_add(1, Ordering::Relaxed),
            ..Self::new(self.fault)
        }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn time(&self) -> Duration {
        TokioRuntime::new().now().wall().duration_since(UNIX_EPOCH).unwrap()
    }

    fn now(&self) -> Duration {
        match self.fault {
            Some(Fault::ClockCountsSeconds) => Duration::from_millis(self.time().as_secs()),
            Some(Fault::ClockPerHandle) => self.time() + Duration::from_millis(200) * self.number,
            Some(Fault::ClockIsFrozen) => Duration::from_secs(1_767_323_045),
            _ => self.time(),
        }
    }

    fn key(&self, key: &StoreKey) -> StoreKey {
        match self.is(Fault::IgnoresKeys) {
            true => StoreKey::builder("https://auth.example.com/token", "one").build(),
            false => key.clone(),
        }
    }

    fn current(&self, key: &StoreKey) -> Option<String> {
        let mut records = lock(&self.engine.records);
        let now = self.time();
        if !self.is(Fault::NeverExpires) {
            records.retain(|_, (_, until)| *until > now);
        }
        records.get(&self.key(key)).map(|(text, _)| text.clone())
    }

    fn put(&self, key: &StoreKey, text: Option<&str>, keep: Duration) {
        let mut records = lock(&self.engine.records);
        let key = self.key(key);
        let Some(text) = text else {
            records.remove(&key);
            lock(&self.engine.removed).push(key);
            return;
        };
        let text = match self.is(Fault::TrimsText) {
            true => text.trim(),
            false => text,
        };
        let until = match (self.fault, records.get(&key)) {
            (Some(Fault::ExpiresEarly), _) => self.time() + keep / 4,
            (Some(Fault::ExpiryOverflows), _) => self.time() + keep,
            (Some(Fault::KeepsFirstExpiry), Some((_, until))) => *until,
            _ => self.time().saturating_add(keep),
        };
        records.insert(key, (text.to_owned(), until));
    }

    fn matches(&self, expected: Option<&str>, current: Option<&str>) -> bool {
        match self.fault {
            Some(Fault::SkipsComparison) => true,
            Some(Fault::ComparesTrimmed) => expected.map(str::trim) == current.map(str::trim),
            Some(Fault::SwapsMissingRecords) if current.is_none() => true,
            _ => expected == current,
        }
    }

    fn begin(&self) -> Result<(), StoreError> {
        if self.busy.swap(true, Ordering::SeqCst) && self.is(Fault::StaysBusyWhenCancelled) {
            return Err(StoreError::new(
                StoreErrorKind::Other,
                "another operation is in progress",
            ));
        }
        Ok(())
    }
}

impl TokenStore for BrokenStore {
    async fn load(&self, key: &StoreKey) -> Result<Loaded, StoreError> {
        self.begin()?;
        yield_now().await;
        let mut text = self.current(key);
        if self.is(Fault::InventsRecords) {
            text.get_or_insert_default();
        }
        if self.is(Fault::CachesLoads) {
            text = lock(&self.cache).entry(key.clone()).or_insert(text).clone();
        }
        self.busy.store(false, Ordering::SeqCst);
        Ok(Loaded {
            record: text.map(Into::into),
            now: self.now(),
        })
    }

    async fn swap(&self, key: &StoreKey, swap: Swap) -> Result<SwapOutcome, StoreError> {
        self.begin()?;
        yield_now().await;
        let expected = swap.expected.as_ref().map(|record| record.expose());
        let record = swap.record.as_ref().map(|record| record.expose());
        let matches = self.matches(expected, self.current(key).as_deref());
        if self.is(Fault::SwapIsNotAtomic) {
            yield_now().await;
        }
        if matches {
            if self.is(Fault::WritesHalfWhenCancelled) {
                self.put(key, record.map(|text| &text[..text.len() / 2]), swap.ttl);
                yield_now().await;
                yield_now().await;
            }
            self.put(key, record, swap.ttl);
            self.cache
                .lock()
                .unwrap()
                .insert(key.clone(), record.map(str::to_owned));
            let silent = self.is(Fault::NeverNotifies) || self.is(Fault::SkipsRemovalNotifications) && record.is_none();
            if swap.notify && !silent {
                self.engine.changes.notify(key);
            }
        } else if self.is(Fault::ConflictExtendsExpiry)
            && let Some(entry) = lock(&self.engine.records).get_mut(key)
        {
            entry.1 = self.time() + swap.ttl;
        }
        self.busy.store(false, Ordering::SeqCst);
        Ok(if matches {
            SwapOutcome::Done
        } else {
            SwapOutcome::Conflict
        })
    }

    async fn keys(&self) -> Result<Vec<StoreKey>, StoreError> {
        let mut keys: Vec<_> = lock(&self.engine.records).keys().cloned().collect();
        if self.is(Fault::ListsRemovedKeys) {
            keys.append(&mut lock(&self.engine.removed).clone());
        }
        Ok(keys)
    }

    fn changes(&self) -> Option<&Changes> {
        Some(&self.engine.changes)
    }
}

/// Ignores poisoning, because one of the faults panics.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
