//! The member's way to the store: every operation is a step, and the generations that go by are watched.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use evergrant::Secret;
use evergrant::store::{
    Changes, Loaded, SharedStore, StoreError, StoreErrorKind, StoreKey, Swap, SwapOutcome, TokenStore,
};
use serde_json::Value;

use super::course::{Course, Loss, Phase};
use super::steps::{Point, Step};

/// Any store, step by step.
#[derive(Debug)]
pub(super) struct WatchedStore {
    pub(super) engine: SharedStore,
    pub(super) course: Arc<Course>,
    pub(super) generations: Arc<Generations>,
}

/// The newest generation that was seen, and how often an older one came after it.
#[derive(Debug, Default)]
pub(super) struct Generations {
    newest: AtomicU64,
    went_back: AtomicU64,
}

impl Generations {
    pub(super) fn went_back(&self) -> u64 {
        self.went_back.load(Ordering::Relaxed)
    }

    /// `before` is the newest one when the look began: what was seen during it may be newer.
    fn see(&self, generation: u64, before: u64) {
        if generation < before {
            self.went_back.fetch_add(1, Ordering::Relaxed);
        }
        self.newest.fetch_max(generation, Ordering::Relaxed);
    }
}

impl WatchedStore {
    async fn suffer(&self) -> Result<(), StoreError> {
        match self.course.store_is_lost() {
            None => Ok(()),
            Some(Loss::Refusing) => {
                self.course.enter(Phase::Idle);
                Err(StoreError::new(StoreErrorKind::Unavailable, "lost on purpose"))
            }
            Some(Loss::Silent) => pending().await,
        }
    }
}

impl TokenStore for WatchedStore {
    async fn load(&self, key: &StoreKey) -> Result<Loaded, StoreError> {
        let step = match self.course.phase() {
            Phase::Idle => Step::Look,
            Phase::Asking => Step::LookToExtend,
            Phase::Saving => Step::LookToSave,
        };
        self.course.reach(Point::before(step)).await;
        self.suffer().await?;
        let before = self.generations.newest.load(Ordering::Relaxed);
        let loaded = self.engine.load(key).await;
        self.course.reach(Point::after(step)).await;
        self.suffer().await?;
        let loaded = loaded?;
        if let Some(generation) = Sketch::of(loaded.record.as_ref()).generation {
            self.generations.see(generation, before);
        }
        Ok(loaded)
    }

    async fn swap(&self, key: &StoreKey, swap: Swap) -> Result<SwapOutcome, StoreError> {
        let after = Sketch::of(swap.record.as_ref());
        let step = Sketch::of(swap.expected.as_ref()).step_to(&after);
        self.course.reach(Point::before(step)).await;
        self.suffer().await?;
        let write = self.course.write();
        let outcome = self.engine.swap(key, swap).await;
        drop(write);
        self.course.reach(Point::after(step)).await;
        self.suffer().await?;
        let outcome = outcome?;
        if outcome == SwapOutcome::Done {
            if let Some(generation) = after.generation {
                self.generations.see(generation, 0);
            }
            if step != Step::Extend {
                self.course.enter(Phase::Idle);
            }
        }
        Ok(outcome)
    }

    async fn keys(&self) -> Result<Vec<StoreKey>, StoreError> {
        self.engine.keys().await
    }

    fn changes(&self) -> Option<&Changes> {
        self.engine.changes()
    }
}

/// As much of a record as tells the steps apart.
#[derive(Debug, Default, PartialEq)]
struct Sketch {
    generation: Option<u64>,
    fence: Option<u64>,
    owner: Option<String>,
    until: Option<u64>,
}

impl Sketch {
    fn of(record: Option<&Secret>) -> Self {
        let record: Value = record
            .and_then(|record| serde_json::from_str(record.expose()).ok())
            .unwrap_or_default();
        Self {
            generation: record["token"]["generation"].as_u64(),
            fence: record["fence"].as_u64(),
            owner: record["lease"]["owner"].as_str().map(str::to_owned),
            until: record["lease"]["until"].as_u64(),
        }
    }

    fn step_to(&self, after: &Self) -> Step {
        if after.generation != self.generation {
            Step::Save
        } else if after.owner.is_none() || after.until == self.until {
            Step::Note
        } else if (after.fence, &after.owner) == (self.fence, &self.owner) {
            Step::Extend
        } else {
            Step::Lease
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renewals_steps_are_told_apart() {
        let records = [
            (r#"{"fence":1}"#, Step::Note),
            (r#"{"fence":2,"lease":{"owner":"a","until":10}}"#, Step::Lease),
            (r#"{"fence":2,"lease":{"owner":"a","until":12}}"#, Step::Extend),
            (
                r#"{"fence":2,"lease":{"owner":"a","until":12},"refusals":{}}"#,
                Step::Note,
            ),
            (r#"{"fence":3,"lease":{"owner":"b","until":20}}"#, Step::Lease),
            (r#"{"fence":4,"lease":{"owner":"b","until":30}}"#, Step::Lease),
            (r#"{"fence":4,"token":{"generation":7}}"#, Step::Save),
            (r#"{"fence":4,"token":{"generation":7,"rejected":true}}"#, Step::Note),
        ];
        let mut last = Sketch::default();
        for (text, step) in records {
            let record = Sketch::of(Some(&text.into()));
            assert_eq!(last.step_to(&record), step, "{text}");
            last = record;
        }
    }
}
