//! The suite itself: it passes a store that keeps the contract.

use evergrant::store::MemoryStore;

use super::Conformance;

#[tokio::test]
async fn memory_store_conforms() {
    let engine = MemoryStore::new();
    let report = Conformance::new(async || engine.clone()).run().await;
    println!("{report}");
    report.assert();
}
