//! The highest revision of each record that this process has seen, so that it recognizes an older copy.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::StoreKey;
use super::record::is_last;
use crate::token_generation::StoreGeneration;

/// The marks of all records that this process reads through one store. They live as long as the store; unused ones are
/// pruned when there are very many.
#[derive(Debug, Default)]
pub(super) struct HighWaterMarks(Mutex<HashMap<StoreKey, Arc<HighWaterMark>>>);

/// The newest revision of one record that this process has read or written, and the tokens that it knows to be
/// rejected.
#[derive(Debug, Default)]
pub(super) struct HighWaterMark(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    revision: u64,
    rejected: VecDeque<StoreGeneration>,
}

/// Number of marks at which unused ones are pruned.
const PRUNE_THRESHOLD: usize = 10_000;

/// Maximum number of rejected tokens remembered for each record: more than APIs reject within the life of one token.
const MAX_REJECTED: usize = 8;

impl HighWaterMarks {
    pub(super) fn get(&self, key: &StoreKey) -> Arc<HighWaterMark> {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Prune only at multiples, so that many used marks are not scanned for each new key.
        if marks.len() >= PRUNE_THRESHOLD && marks.len().is_multiple_of(PRUNE_THRESHOLD) && !marks.contains_key(key) {
            marks.retain(|_, mark| Arc::strong_count(mark) > 1);
        }
        Arc::clone(marks.entry(key.clone()).or_default())
    }
}

impl HighWaterMark {
    /// The minimum revision of every record that is read from now on, unless it is an older copy.
    pub(super) fn revision(&self) -> u64 {
        match self.lock().revision {
            // Revisions start over after this one.
            last if is_last(last) => 0,
            revision => revision,
        }
    }

    /// Records that this revision was read and trusted, or written.
    pub(super) fn raise(&self, revision: u64) {
        let mut state = self.lock();
        if revision > state.revision || is_last(state.revision) {
            state.revision = revision;
        }
    }

    /// Records that an API has rejected this token.
    pub(super) fn reject(&self, generation: StoreGeneration) {
        let mut state = self.lock();
        if !state.rejected.contains(&generation) {
            state.rejected.truncate(MAX_REJECTED - 1);
            state.rejected.push_front(generation);
        }
    }

    /// Forgets the rejection of this token.
    pub(super) fn remove_rejected(&self, generation: StoreGeneration) {
        self.lock().rejected.retain(|rejected| *rejected != generation);
    }

    pub(super) fn is_rejected(&self, generation: StoreGeneration) -> bool {
        self.lock().rejected.contains(&generation)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[cfg(not(evergrant_loom))]
mod tests {
    use super::*;

    #[test]
    fn a_mark_only_increases() {
        let mark = HighWaterMark::default();
        for (seen, expected) in [(5, 5), (3, 5), (7, 7)] {
            mark.raise(seen);
            assert_eq!(mark.revision(), expected);
        }
    }

    #[test]
    fn a_mark_at_the_last_revision_starts_over() {
        let mark = HighWaterMark::default();
        mark.raise((1 << 53) - 2);
        assert_eq!(mark.revision(), 0);
        mark.raise(7);
        assert_eq!(mark.revision(), 7);
    }

    #[test]
    fn each_record_has_one_mark() {
        let marks = HighWaterMarks::default();
        let [one, other] = ["one", "other"].map(|id| StoreKey::builder("https://auth.example.com/token", id).build());
        marks.get(&one).raise(5);
        assert_eq!((marks.get(&one).revision(), marks.get(&other).revision()), (5, 0));
    }

    #[test]
    fn pruning_keeps_marks_in_use() {
        let marks = HighWaterMarks::default();
        let key = |number: usize| StoreKey::builder("https://auth.example.com/token", number.to_string()).build();
        let used = marks.get(&key(0));
        used.raise(5);
        for number in 1..3 * PRUNE_THRESHOLD {
            marks.get(&key(number)).raise(7);
        }
        assert_eq!(marks.get(&key(0)).revision(), 5);
        assert!(marks.0.lock().unwrap().len() <= PRUNE_THRESHOLD);
    }

    #[test]
    fn the_last_few_rejected_tokens_are_remembered() {
        let mark = HighWaterMark::default();
        for generation in 0..20 {
            mark.reject(StoreGeneration(generation));
            mark.reject(StoreGeneration(generation));
        }
        let known: Vec<u64> = (0..20)
            .filter(|number| mark.is_rejected(StoreGeneration(*number)))
            .collect();
        assert_eq!(known, (12..20).collect::<Vec<_>>());
        mark.remove_rejected(StoreGeneration(15));
        assert!(!mark.is_rejected(StoreGeneration(15)) && mark.is_rejected(StoreGeneration(14)));
    }
}
