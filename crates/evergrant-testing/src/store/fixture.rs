//! The fixture of a case: handles to one engine, and unique keys.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use evergrant::Token;
use evergrant::runtime::{Runtime as _, SharedRuntime, Timestamp, TokioRuntime};
use evergrant::store::{
    Lease, LeaseOutcome, LeasedRecord, SaveOutcome, SharedStore, StoreGeneration, StoreKey, Swap, SwapOutcome,
};
use serde_json::Value;

use super::Delays;
use super::case_result::{CaseError, CaseResult, ensure, fail};

#[derive(Clone)]
pub(super) struct Fixture {
    stores: Arc<[SharedStore]>,
    delays: Delays,
    namespace: Arc<str>,
    keys: Arc<Mutex<Vec<StoreKey>>>,
}

/// Retention of records in cases that do not test it.
pub(super) const RETENTION: Duration = Duration::from_secs(120);
/// Duration of a lease that does not expire during a case.
pub(super) const LONG: Duration = Duration::from_secs(60);
/// Duration of a lease whose expiry a case waits for.
pub(super) const SHORT: Duration = Duration::from_millis(150);
/// Tolerance for clock resolution and small corrections of the clock.
pub(super) const SLACK: Duration = Duration::from_millis(50);

impl Fixture {
    pub(super) fn new(stores: Vec<SharedStore>, delays: Delays) -> Self {
        let run = [0_u8, 1].map(|part| RandomState::new().hash_one(part));
        Self {
            stores: stores.into(),
            delays,
            namespace: format!("{:016x}{:016x}", run[0], run[1]).into(),
            keys: Arc::default(),
        }
    }

    pub(super) fn for_case(&self, name: &str) -> Self {
        Self {
            namespace: format!("{} {name}", self.namespace).into(),
            keys: Arc::default(),
            ..self.clone()
        }
    }

    pub(super) fn delays(&self) -> Delays {
        self.delays
    }

    pub(super) fn stores(&self) -> &[SharedStore] {
        &self.stores
    }

    /// Returns a handle. Any number is valid.
    pub(super) fn store(&self, number: usize) -> &SharedStore {
        &self.stores[number % self.stores.len()]
    }

    /// Returns the key with this name, unique to this case.
    pub(super) fn key(&self, name: &str) -> StoreKey {
        let key = StoreKey::builder("https://auth.example.com/token", "conformance")
            .credential_label(name)
            .namespace(&*self.namespace)
            .build();
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if !keys.contains(&key) {
            keys.push(key.clone());
        }
        key
    }

    /// Creates a simulated process on one of the handles.
    pub(super) fn process(&self, number: usize, key: &StoreKey) -> LeasedRecord {
        self.process_on(number, key, TokioRuntime::new())
    }

    pub(super) fn process_on(&self, number: usize, key: &StoreKey, runtime: impl Into<SharedRuntime>) -> LeasedRecord {
        LeasedRecord::new(self.store(number).clone(), key.clone())
            .with_limit(Duration::from_secs(10))
            .with_runtime(runtime)
    }

    /// Loads the stored text of a record.
    pub(super) async fn text(&self, key: &StoreKey) -> CaseResult<Option<String>> {
        let loaded = self.store(0).load(key).await?;
        Ok(loaded.record.map(|record| record.expose().to_owned()))
    }

    pub(super) async fn json(&self, key: &StoreKey) -> CaseResult<Value> {
        let Some(text) = self.text(key).await? else {
            fail!("the record is missing")
        };
        serde_json::from_str(&text).map_err(|error| CaseError::Failed(format!("the record is not valid JSON: {error}")))
    }

    /// Replaces the record with this text.
    pub(super) async fn put(&self, key: &StoreKey, text: &str) -> CaseResult {
        let expected = self.store(0).load(key).await?.record;
        let swap = Swap::new(expected, Some(text.into()), RETENTION);
        ensure!(
            self.store(0).swap(key, swap).await? == SwapOutcome::Done,
            "a swap conflicts without a concurrent writer"
        );
        Ok(())
    }

    pub(super) async fn put_json(&self, key: &StoreKey, record: &Value) -> CaseResult {
        self.put(key, &record.to_string()).await
    }

    /// Waits until the engine's clock has advanced, as it does between any two token requests.
    pub(super) async fn wait_for_tick(&self, key: &StoreKey) -> CaseResult {
        let start = self.store(0).load(key).await?.now;
        while self.store(0).load(key).await?.now < start + Duration::from_millis(2) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }

    /// Removes the remaining records of the case. If the engine returns an error, the case has failed already.
    pub(super) async fn clean_up(&self) {
        let keys = std::mem::take(&mut *self.keys.lock().unwrap_or_else(PoisonError::into_inner));
        for key in keys {
            if self.process(0, &key).clear().await.is_err() {
                return;
            }
        }
    }
}

/// Acquires a lease that must be available.
pub(super) async fn acquire(process: &LeasedRecord, term: Duration) -> CaseResult<Lease> {
    match process.acquire(term).await? {
        LeaseOutcome::Acquired(lease) => Ok(lease),
        outcome => fail!("an available lease was not acquired: {outcome:?}"),
    }
}

/// Asserts that another process holds the lease, and returns its remaining time.
pub(super) async fn assert_held(process: &LeasedRecord, term: Duration) -> CaseResult<Duration> {
    match process.acquire(term).await? {
        LeaseOutcome::Held { remaining: left, .. } => Ok(left),
        outcome => fail!("a lease held by another process was acquired: {outcome:?}"),
    }
}

/// Saves a token under a lease that must still be valid.
pub(super) async fn save(process: &LeasedRecord, lease: &Lease, token: &Token) -> CaseResult<StoreGeneration> {
    match process.save(lease, token).await? {
        SaveOutcome::Saved(generation) => Ok(generation),
        SaveOutcome::Superseded => fail!("a token was not saved although no other process acquired the lease"),
    }
}

/// Returns whether the stored token is encrypted.
pub(super) async fn is_sealed(process: &LeasedRecord) -> CaseResult<bool> {
    let token = process.summary().await?.and_then(|summary| summary.token);
    Ok(token.is_some_and(|token| token.key_name.is_some()))
}

/// Acquires the lease and saves a token.
pub(super) async fn renew_token(process: &LeasedRecord, token: &Token) -> CaseResult<StoreGeneration> {
    let lease = acquire(process, LONG).await?;
    save(process, &lease, token).await
}

pub(super) fn token(text: &str) -> Token {
    Token::new(text).with_expires_in(Duration::from_secs(600))
}

/// Reads the local clock, used only to measure elapsed time.
pub(super) fn local_now() -> Timestamp {
    TokioRuntime::new().now()
}
