//! The memory store.

use std::time::Duration;

use evergrant::store::{MemoryStore, StoreKey, Swap, SwapOutcome, TokenStore as _};
use evergrant_testing::ManualClock;
use evergrant_testing::store::Conformance;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_memory_store_conforms() {
    let engine = MemoryStore::new();
    Conformance::new(async || engine.clone()).run().await.assert();
}

#[tokio::test]
async fn the_memory_store_uses_the_configured_clock() {
    let clock = ManualClock::new();
    let store = MemoryStore::with_runtime(clock.clone());
    let key = StoreKey::builder("https://auth.example.com/token", "client-id").build();
    let hour = Duration::from_secs(3600);
    let swap = Swap::new(None, Some("record".into()), hour);
    assert_eq!(store.swap(&key, swap).await.unwrap(), SwapOutcome::Done);
    let start = store.load(&key).await.unwrap().now;
    clock.advance(hour - Duration::from_millis(1));
    assert!(store.load(&key).await.unwrap().record.is_some());
    clock.advance(Duration::from_millis(1));
    let loaded = store.load(&key).await.unwrap();
    assert!(loaded.record.is_none());
    assert_eq!(loaded.now, start + hour);
    assert!(store.keys().await.unwrap().is_empty());
}

#[tokio::test]
async fn debug_output_has_no_record() {
    let store = MemoryStore::new();
    let key = StoreKey::builder("https://auth.example.com/token", "client-id").build();
    let swap = Swap::new(None, Some("not-a-real-secret".into()), Duration::MAX);
    assert!(!format!("{swap:?}").contains("not-a-real-secret"));
    store.swap(&key, swap).await.unwrap();
    let loaded = store.load(&key).await.unwrap();
    assert!(!format!("{store:?} {loaded:?}").contains("not-a-real-secret"));
}
