//! A bounded cache of token managers, with at most one manager for each key.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::{Arc, Weak};

use super::TokenManager;
use super::lifecycle::Lifecycle;
use crate::authorization::SignInSettings;

/// The most recently used managers. The cost of a look-up does not depend on their number.
pub(super) struct ManagerCache<K> {
    capacity: usize,
    managers: HashMap<K, CachedManager>,
    /// The keys, by last use.
    order: BTreeMap<u64, K>,
    uses: u64,
    /// Evicted managers that may still be in use: by the application, or by a fetch in progress.
    evicted: HashMap<K, EvictedManager>,
    /// Number of evicted managers at which unused ones are pruned.
    prune_at: usize,
}

struct CachedManager {
    tokens: TokenManager,
    /// Key in `order`.
    last_use: u64,
}

struct EvictedManager {
    lifecycle: Weak<Lifecycle>,
    sign_in: Option<Arc<SignInSettings>>,
}

/// Number of evicted managers up to which unused ones are not pruned.
const MIN_PRUNED: usize = 64;

impl<K: Clone + Eq + Hash> ManagerCache<K> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            managers: HashMap::new(),
            order: BTreeMap::new(),
            uses: 0,
            evicted: HashMap::new(),
            prune_at: MIN_PRUNED,
        }
    }

    /// Returns the manager of this key. Creates it if there is none, and evicts the least recently used one if the
    /// cache is full.
    pub(super) fn get_or_create<E>(
        &mut self,
        key: K,
        create: impl FnOnce() -> Result<TokenManager, E>,
    ) -> Result<TokenManager, E> {
        if let Some(tokens) = self.find(&key) {
            return Ok(tokens);
        }
        let evicted = self.evicted.remove(&key).and_then(|evicted| evicted.upgrade());
        let tokens = evicted.map_or_else(create, Ok)?;
        self.insert(key, tokens.clone());
        Ok(tokens)
    }

    /// Removes the manager of this key. One that is still in use is not returned again.
    pub(super) fn remove(&mut self, key: &K) {
        if let Some(cached) = self.managers.remove(key) {
            self.order.remove(&cached.last_use);
        }
        self.evicted.remove(key);
    }

    pub(super) fn len(&self) -> usize {
        self.managers.len()
    }

    fn find(&mut self, key: &K) -> Option<TokenManager> {
        let cached = self.managers.get_mut(key)?;
        self.order.remove(&cached.last_use);
        self.uses += 1;
        cached.last_use = self.uses;
        self.order.insert(cached.last_use, key.clone());
        Some(cached.tokens.clone())
    }

    fn insert(&mut self, key: K, tokens: TokenManager) {
        if self.managers.len() >= self.capacity
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.evict(oldest);
        }
        self.uses += 1;
        let last_use = self.uses;
        self.order.insert(last_use, key.clone());
        self.managers.insert(key, CachedManager { tokens, last_use });
    }

    fn evict(&mut self, key: K) {
        let Some(cached) = self.managers.remove(&key) else {
            return;
        };
        let evicted = EvictedManager {
            lifecycle: Arc::downgrade(&cached.tokens.lifecycle),
            sign_in: cached.tokens.sign_in.clone(),
        };
        drop(cached);
        if !evicted.is_alive() {
            return;
        }
        if self.evicted.len() >= self.prune_at {
            self.evicted.retain(|_, evicted| evicted.is_alive());
            self.prune_at = self.evicted.len().saturating_mul(2).max(MIN_PRUNED);
        }
        self.evicted.insert(key, evicted);
    }
}

impl EvictedManager {
    fn is_alive(&self) -> bool {
        self.lifecycle.strong_count() > 0
    }

    fn upgrade(self) -> Option<TokenManager> {
        Some(TokenManager {
            lifecycle: self.lifecycle.upgrade()?,
            sign_in: self.sign_in,
        })
    }
}
