//! What a case has: handles onto one engine, and keys that nobody else uses.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use evergrant::Token;
use evergrant::runtime::{Runtime as _, SharedRuntime, Timestamp, TokioRuntime};
use evergrant::store::{
    Lease, LeaseOutcome, Ledger, SaveOutcome, SharedStore, StoreGeneration, StoreKey, Swap, SwapOutcome,
};
use serde_json::Value;

use super::Patience;
use super::verdict::{Stop, Verdict, ensure, fail};

#[derive(Clone)]
pub(super) struct World {
    stores: Arc<[SharedStore]>,
    patience: Patience,
    namespace: Arc<str>,
    keys: Arc<Mutex<Vec<StoreKey>>>,
}

/// How long the suite's records are kept where that is not the point.
pub(super) const KEEP: Duration = Duration::from_secs(120);
/// A lease that nobody waits for.
pub(super) const LONG: Duration = Duration::from_secs(60);
/// A lease that is waited for.
pub(super) const SHORT: Duration = Duration::from_millis(150);
/// How far two readings of one clock may be apart for no other reason than its ticks, and small corrections.
pub(super) const SLACK: Duration = Duration::from_millis(50);

impl World {
    pub(super) fn new(stores: Vec<SharedStore>, patience: Patience) -> Self {
        let run = [0_u8, 1].map(|part| RandomState::new().hash_one(part));
        Self {
            stores: stores.into(),
            patience,
            namespace: format!("{:016x}{:016x}", run[0], run[1]).into(),
            keys: Arc::default(),
        }
    }

    pub(super) fn of_case(&self, name: &str) -> Self {
        Self {
            namespace: format!("{} {name}", self.namespace).into(),
            keys: Arc::default(),
            ..self.clone()
        }
    }

    pub(super) fn patience(&self) -> Patience {
        self.patience
    }

    pub(super) fn stores(&self) -> &[SharedStore] {
        &self.stores
    }

    /// One of the handles; any number will do.
    pub(super) fn store(&self, number: usize) -> &SharedStore {
        &self.stores[number % self.stores.len()]
    }

    /// A key of this case; the same for the same name.
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

    /// A process of the fleet, on a handle of its own.
    pub(super) fn member(&self, number: usize, key: &StoreKey) -> Ledger {
        self.member_on(number, key, TokioRuntime::new())
    }

    pub(super) fn member_on(&self, number: usize, key: &StoreKey, runtime: impl Into<SharedRuntime>) -> Ledger {
        Ledger::new(self.store(number).clone(), key.clone())
            .with_limit(Duration::from_secs(10))
            .with_runtime(runtime)
    }

    /// The record as it lies in the engine.
    pub(super) async fn text(&self, key: &StoreKey) -> Verdict<Option<String>> {
        let loaded = self.store(0).load(key).await?;
        Ok(loaded.record.map(|record| record.expose().to_owned()))
    }

    pub(super) async fn json(&self, key: &StoreKey) -> Verdict<Value> {
        let Some(text) = self.text(key).await? else {
            fail!("the record is gone")
        };
        serde_json::from_str(&text).map_err(|error| Stop::Failed(format!("the record is no JSON any more: {error}")))
    }

    /// Has this text be the record, whatever it was.
    pub(super) async fn put(&self, key: &StoreKey, text: &str) -> Verdict {
        let expected = self.store(0).load(key).await?.record;
        let swap = Swap::new(expected, Some(text.into()), KEEP);
        ensure!(
            self.store(0).swap(key, swap).await? == SwapOutcome::Done,
            "a swap conflicts though nobody else writes"
        );
        Ok(())
    }

    pub(super) async fn put_json(&self, key: &StoreKey, record: &Value) -> Verdict {
        self.put(key, &record.to_string()).await
    }

    /// Waits until the engine's clock has moved on, as it does between any two token requests.
    pub(super) async fn moment(&self, key: &StoreKey) -> Verdict {
        let start = self.store(0).load(key).await?.now;
        while self.store(0).load(key).await?.now < start + Duration::from_millis(2) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }

    /// Removes what the case has left behind. An engine that does not let us has failed the case already.
    pub(super) async fn tidy(&self) {
        let keys = std::mem::take(&mut *self.keys.lock().unwrap_or_else(PoisonError::into_inner));
        for key in keys {
            if self.member(0, &key).clear().await.is_err() {
                return;
            }
        }
    }
}

/// The lease, which must be free.
pub(super) async fn acquire(member: &Ledger, term: Duration) -> Verdict<Lease> {
    match member.acquire(term).await? {
        LeaseOutcome::Acquired(lease) => Ok(lease),
        outcome => fail!("a lease that nobody holds cannot be had: {outcome:?}"),
    }
}

/// The time that is left of a lease, which somebody else must hold.
pub(super) async fn held(member: &Ledger, term: Duration) -> Verdict<Duration> {
    match member.acquire(term).await? {
        LeaseOutcome::Held { left, .. } => Ok(left),
        outcome => fail!("a lease that another member holds was given away: {outcome:?}"),
    }
}

/// Saves under a lease that must still be good.
pub(super) async fn save(member: &Ledger, lease: &Lease, token: &Token) -> Verdict<StoreGeneration> {
    match member.save(lease, token).await? {
        SaveOutcome::Saved(generation) => Ok(generation),
        SaveOutcome::Superseded => fail!("a token was not saved though nobody else has taken the lease"),
    }
}

/// Whether the token that a member finds is encrypted.
pub(super) async fn is_sealed(member: &Ledger) -> Verdict<bool> {
    let token = member.summary().await?.and_then(|summary| summary.token);
    Ok(token.is_some_and(|token| token.key_name.is_some()))
}

/// Takes the lease and saves a token.
pub(super) async fn renew_token(member: &Ledger, token: &Token) -> Verdict<StoreGeneration> {
    let lease = acquire(member, LONG).await?;
    save(member, &lease, token).await
}

pub(super) fn token(text: &str) -> Token {
    Token::new(text).with_expires_in(Duration::from_secs(600))
}

/// The local clock: for how much time has passed, and for nothing else.
pub(super) fn local_now() -> Timestamp {
    TokioRuntime::new().now()
}
