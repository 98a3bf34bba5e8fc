//! The memory store as used by one process: each access takes two polls and two milliseconds, may fail, and is
//! monitored.

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use evergrant::store::{
    Changes, Loaded, MemoryStore, StoreError, StoreErrorKind, StoreKey, Swap, SwapOutcome, TokenStore,
};
use evergrant_testing::ManualClock;
use serde_json::Value;

/// How an access to the engine fails.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    BeforeEffect,
    /// The access takes effect, but returns an error.
    AfterEffect,
}

/// A change of the record by a process.
#[derive(Debug)]
pub(super) struct Change {
    /// The engine's time when the process loaded the record.
    pub(super) loaded_at: Duration,
    pub(super) before: Value,
    pub(super) after: Value,
}

#[derive(Debug, Clone)]
pub(super) struct Engine {
    store: MemoryStore,
    clock: ManualClock,
    monitor: Arc<Mutex<Monitor>>,
}

/// The fault to inject into an operation of a process, and what was observed so far.
#[derive(Debug, Default)]
pub(super) struct Monitor {
    pub(super) fault: Option<Fault>,
    pub(super) failed: bool,
    pub(super) loaded: Option<Loaded>,
    /// Since the last poll.
    pub(super) observation: Option<Observation>,
}

#[derive(Debug)]
pub(super) enum Observation {
    Loaded,
    Changed(Change),
}

impl Engine {
    pub(super) fn new(store: MemoryStore, clock: ManualClock, monitor: Arc<Mutex<Monitor>>) -> Self {
        Self { store, clock, monitor }
    }

    async fn access<T>(&self, access: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        yield_once().await;
        self.clock.advance(Duration::from_millis(1));
        let fault = self.monitor.lock().unwrap().fault.take();
        self.monitor.lock().unwrap().failed |= fault.is_some();
        let failure = Err(StoreError::new(
            StoreErrorKind::Unavailable,
            "the connection was closed",
        ));
        let outcome = match fault {
            Some(Fault::BeforeEffect) => failure,
            Some(Fault::AfterEffect) => access.await.and(failure),
            None => access.await,
        };
        yield_once().await;
        self.clock.advance(Duration::from_millis(1));
        outcome
    }
}

impl TokenStore for Engine {
    async fn load(&self, key: &StoreKey) -> Result<Loaded, StoreError> {
        self.access(async {
            let loaded = self.store.load(key).await?;
            let mut monitor = self.monitor.lock().unwrap();
            monitor.loaded = Some(loaded.clone());
            monitor.observation = Some(Observation::Loaded);
            Ok(loaded)
        })
        .await
    }

    async fn swap(&self, key: &StoreKey, swap: Swap) -> Result<SwapOutcome, StoreError> {
        let change = |now| Change {
            loaded_at: now,
            before: json(swap.expected.as_ref().map(|record| record.expose())),
            after: json(swap.record.as_ref().map(|record| record.expose())),
        };
        self.access(async {
            let outcome = self.store.swap(key, swap.clone()).await?;
            if outcome == SwapOutcome::Done {
                let mut monitor = self.monitor.lock().unwrap();
                let loaded_at = monitor.loaded.as_ref().unwrap().now;
                monitor.observation = Some(Observation::Changed(change(loaded_at)));
            }
            Ok(outcome)
        })
        .await
    }

    async fn keys(&self) -> Result<Vec<StoreKey>, StoreError> {
        self.access(self.store.keys()).await
    }

    fn changes(&self) -> Option<&Changes> {
        None
    }
}

/// Parses a record; null if it is missing or damaged.
pub(super) fn json(text: Option<&str>) -> Value {
    text.and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

/// Waits for the next poll.
pub(super) async fn yield_once() {
    let mut waited = false;
    poll_fn(|_| match std::mem::replace(&mut waited, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}
