//! A bounded cache of token managers, with at most one manager for each key.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Weak};

use super::TokenManager;
use super::lifecycle::Lifecycle;
use crate::authorization::SignInSettings;
use crate::least_recently_used::RecentlyUsed;

/// The most recently used managers. The cost of a look-up does not depend on their number.
pub(super) struct ManagerCache<K> {
    managers: RecentlyUsed<K, TokenManager>,
    /// Evicted managers that may still be in use: by the application, or by a fetch in progress.
    evicted: HashMap<K, EvictedManager>,
    /// Number of evicted managers at which unused ones are pruned.
    prune_at: usize,
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
            managers: RecentlyUsed::new(capacity),
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
        if let Some(tokens) = self.managers.get(&key) {
            return Ok(tokens.clone());
        }
        let evicted = self.evicted.remove(&key).and_then(|evicted| evicted.upgrade());
        let tokens = evicted.map_or_else(create, Ok)?;
        if let Some((key, oldest)) = self.managers.insert(key, tokens.clone()) {
            self.evict(key, oldest);
        }
        Ok(tokens)
    }

    /// Removes the manager of this key. One that is still in use is not returned again.
    pub(super) fn remove(&mut self, key: &K) {
        self.managers.remove(key);
        self.evicted.remove(key);
    }

    pub(super) fn len(&self) -> usize {
        self.managers.len()
    }

    fn evict(&mut self, key: K, oldest: TokenManager) {
        let evicted = EvictedManager {
            lifecycle: Arc::downgrade(&oldest.lifecycle),
            sign_in: oldest.sign_in.clone(),
        };
        drop(oldest);
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
