//! A bounded map that evicts the least recently used entry.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// The most recently used entries. The cost of a look-up does not depend on their number.
pub(crate) struct RecentlyUsed<K, V> {
    capacity: usize,
    entries: HashMap<K, Entry<V>>,
    /// The keys, by last use.
    order: BTreeMap<u64, K>,
    uses: u64,
}

struct Entry<V> {
    value: V,
    /// Key in `order`.
    last_use: u64,
}

impl<K: Clone + Eq + Hash, V> RecentlyUsed<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            entries: HashMap::new(),
            order: BTreeMap::new(),
            uses: 0,
        }
    }

    /// Returns the value of this key, and notes its use.
    pub(crate) fn get(&mut self, key: &K) -> Option<&V> {
        let entry = self.entries.get_mut(key)?;
        self.order.remove(&entry.last_use);
        self.uses += 1;
        entry.last_use = self.uses;
        self.order.insert(entry.last_use, key.clone());
        Some(&entry.value)
    }

    /// Inserts a value, and returns the entry that it evicts.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<(K, V)> {
        self.remove(&key);
        let evicted = match self.entries.len() >= self.capacity {
            true => self.order.pop_first().map(|(_, oldest)| oldest),
            false => None,
        };
        let evicted = evicted.and_then(|oldest| self.entries.remove_entry(&oldest));
        self.uses += 1;
        let last_use = self.uses;
        self.order.insert(last_use, key.clone());
        self.entries.insert(key, Entry { value, last_use });
        evicted.map(|(key, entry)| (key, entry.value))
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let entry = self.entries.remove(key)?;
        self.order.remove(&entry.last_use);
        Some(entry.value)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_entry_is_evicted() {
        let mut map = RecentlyUsed::new(2);
        assert_eq!(map.insert("a", 1), None);
        assert_eq!(map.insert("b", 2), None);
        assert_eq!(map.get(&"a"), Some(&1));
        assert_eq!(map.insert("c", 3), Some(("b", 2)));
        assert_eq!(map.insert("a", 4), None, "a replaced value evicts nothing");
        assert_eq!(map.get(&"a"), Some(&4));
        assert_eq!(map.len(), 2);
        assert_eq!(map.remove(&"a"), Some(4));
        assert_eq!((map.remove(&"a"), map.len(), map.order.len()), (None, 1, 1));
    }
}
