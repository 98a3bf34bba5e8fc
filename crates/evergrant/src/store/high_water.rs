//! What this process has seen of each record, so that a copy of an older one is known for what it is.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::record::is_last;
use super::{StoreGeneration, StoreKey};

/// Those of the records that this process reads through one store. They stay for as long as that does, but for those that nobody
/// uses any more once there are very many.
#[derive(Debug, Default)]
pub(super) struct HighWaterMarks(Mutex<HashMap<StoreKey, Arc<HighWaterMark>>>);

/// The newest revision of one record that this process has read or written, and the tokens that it knows to be rejected.
#[derive(Debug, Default)]
pub(super) struct HighWaterMark(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    revision: u64,
    rejected: VecDeque<StoreGeneration>,
}

/// How many marks there may be before those go that nobody uses.
const MANY: usize = 10_000;

/// How many rejected tokens of one record are remembered: more than APIs reject within one token's life.
const REJECTED: usize = 8;

impl HighWaterMarks {
    pub(super) fn of(&self, key: &StoreKey) -> Arc<HighWaterMark> {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // At a multiple alone, so that many marks in use are not gone through each time.
        if marks.len() >= MANY && marks.len().is_multiple_of(MANY) && !marks.contains_key(key) {
            marks.retain(|_, mark| Arc::strong_count(mark) > 1);
        }
        Arc::clone(marks.entry(key.clone()).or_default())
    }
}

impl HighWaterMark {
    /// What every record has that is read from now on, unless it is an older copy.
    pub(super) fn revision(&self) -> u64 {
        match self.lock().revision {
            // Numbers start over after this one.
            last if is_last(last) => 0,
            revision => revision,
        }
    }

    /// This revision was read and believed, or written.
    pub(super) fn raise(&self, revision: u64) {
        let mut seen = self.lock();
        if revision > seen.revision || is_last(seen.revision) {
            seen.revision = revision;
        }
    }

    /// An API has refused this token.
    pub(super) fn reject(&self, generation: StoreGeneration) {
        let mut seen = self.lock();
        if !seen.rejected.contains(&generation) {
            seen.rejected.truncate(REJECTED - 1);
            seen.rejected.push_front(generation);
        }
    }

    /// The refusal said nothing about the token.
    pub(super) fn pardon(&self, generation: StoreGeneration) {
        self.lock().rejected.retain(|rejected| *rejected != generation);
    }

    pub(super) fn has_rejected(&self, generation: StoreGeneration) -> bool {
        self.lock().rejected.contains(&generation)
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, not(evergrant_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_mark_only_rises() {
        let mark = HighWaterMark::default();
        for (seen, expected) in [(5, 5), (3, 5), (7, 7)] {
            mark.raise(seen);
            assert_eq!(mark.revision(), expected);
        }
    }

    #[test]
    fn a_mark_at_the_end_of_all_numbers_holds_nothing_back() {
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
        marks.of(&one).raise(5);
        assert_eq!((marks.of(&one).revision(), marks.of(&other).revision()), (5, 0));
    }

    #[test]
    fn of_very_many_records_those_in_use_are_remembered() {
        let marks = HighWaterMarks::default();
        let key = |number: usize| StoreKey::builder("https://auth.example.com/token", number.to_string()).build();
        let used = marks.of(&key(0));
        used.raise(5);
        for number in 1..3 * MANY {
            marks.of(&key(number)).raise(7);
        }
        assert_eq!(marks.of(&key(0)).revision(), 5);
        assert!(marks.0.lock().unwrap().len() <= MANY);
    }

    #[test]
    fn the_last_few_rejected_tokens_are_remembered() {
        let mark = HighWaterMark::default();
        for generation in 0..20 {
            mark.reject(StoreGeneration(generation));
            mark.reject(StoreGeneration(generation));
        }
        let known: Vec<u64> = (0..20)
            .filter(|number| mark.has_rejected(StoreGeneration(*number)))
            .collect();
        assert_eq!(known, (12..20).collect::<Vec<_>>());
        mark.pardon(StoreGeneration(15));
        assert!(!mark.has_rejected(StoreGeneration(15)) && mark.has_rejected(StoreGeneration(14)));
    }
}
