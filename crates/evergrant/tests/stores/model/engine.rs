//! The store in memory, seen by one member: each access takes a turn and a millisecond there, and as much back; it may fail, and
//! is written down.

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
pub(super) enum Trouble {
    Before,
    /// It took effect; nobody was told.
    After,
}

/// What a member has done to the record.
#[derive(Debug)]
pub(super) struct Change {
    /// What the clock showed when the member looked.
    pub(super) seen_at: Duration,
    pub(super) before: Value,
    pub(super) after: Value,
}

#[derive(Debug, Clone)]
pub(super) struct Engine {
    store: MemoryStore,
    clock: ManualClock,
    watch: Arc<Mutex<Watch>>,
}

/// What is to happen to a member's operation, and what it did so far.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub(super) trouble: Option<Trouble>,
    pub(super) failed: bool,
    pub(super) loaded: Option<Loaded>,
    /// Since the last turn.
    pub(super) news: Option<News>,
}

#[derive(Debug)]
pub(super) enum News {
    Loaded,
    Changed(Change),
}

impl Engine {
    pub(super) fn new(store: MemoryStore, clock: ManualClock, watch: Arc<Mutex<Watch>>) -> Self {
        Self { store, clock, watch }
    }

    async fn access<T>(&self, access: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        turn().await;
        self.clock.advance(Duration::from_millis(1));
        let trouble = self.watch.lock().unwrap().trouble.take();
        self.watch.lock().unwrap().failed |= trouble.is_some();
        let failure = Err(StoreError::new(StoreErrorKind::Unavailable, "the connection broke"));
        let outcome = match trouble {
            Some(Trouble::Before) => failure,
            Some(Trouble::After) => access.await.and(failure),
            None => access.await,
        };
        turn().await;
        self.clock.advance(Duration::from_millis(1));
        outcome
    }
}

impl TokenStore for Engine {
    async fn load(&self, key: &StoreKey) -> Result<Loaded, StoreError> {
        self.access(async {
            let loaded = self.store.load(key).await?;
            let mut watch = self.watch.lock().unwrap();
            watch.loaded = Some(loaded.clone());
            watch.news = Some(News::Loaded);
            Ok(loaded)
        })
        .await
    }

    async fn swap(&self, key: &StoreKey, swap: Swap) -> Result<SwapOutcome, StoreError> {
        let change = |now| Change {
            seen_at: now,
            before: json(swap.expected.as_ref().map(|record| record.expose())),
            after: json(swap.record.as_ref().map(|record| record.expose())),
        };
        self.access(async {
            let outcome = self.store.swap(key, swap.clone()).await?;
            if outcome == SwapOutcome::Done {
                let mut watch = self.watch.lock().unwrap();
                let seen_at = watch.loaded.as_ref().unwrap().now;
                watch.news = Some(News::Changed(change(seen_at)));
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

/// A record; null for none and for one that is damaged.
pub(super) fn json(text: Option<&str>) -> Value {
    text.and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

/// Waits for the next poll.
pub(super) async fn turn() {
    let mut waited = false;
    poll_fn(|_| match std::mem::replace(&mut waited, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}
