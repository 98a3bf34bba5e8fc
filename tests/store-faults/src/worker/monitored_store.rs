//! The store of a process: each operation is a step, and the generations that it returns are monitored.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use evergrant::Secret;
use evergrant::store::{
    Changes, Loaded, SharedStore, StoreError, StoreErrorKind, StoreKey, Swap, SwapOutcome, TokenStore,
};
use serde_json::Value;

use super::fault_injection::{FaultInjector, Outage, Phase};
use super::renewal_steps::{Point, Step};

/// A store with fault injection.
#[derive(Debug)]
pub(super) struct InstrumentedStore {
    pub(super) engine: SharedStore,
    pub(super) faults: Arc<FaultInjector>,
    pub(super) generations: Arc<GenerationMonitor>,
    /// Whether the engine completes a write after its future is dropped. A file store holds the lock until then.
    pub(super) completes_writes: bool,
}

/// The newest generation that the store returned, and how often it returned an older one later.
#[derive(Debug, Default)]
pub(super) struct GenerationMonitor {
    newest: AtomicU64,
    regressions: AtomicU64,
}

impl GenerationMonitor {
    pub(super) fn regressions(&self) -> u64 {
        self.regressions.load(Ordering::Relaxed)
    }

    /// Records a generation that the store returned. `before` is the newest generation when the operation began: a
    /// concurrent operation may have seen a newer one.
    fn observe(&self, generation: u64, before: u64) {
        if generation < before {
            self.regressions.fetch_add(1, Ordering::Relaxed);
        }
        self.newest.fetch_max(generation, Ordering::Relaxed);
    }
}

impl InstrumentedStore {
    /// Fails or hangs during an outage of the store.
    async fn check_outage(&self) -> Result<(), StoreError> {
        match self.faults.store_outage() {
            None => Ok(()),
            Some(Outage::Error) => {
                self.faults.set_phase(Phase::Idle);
                Err(StoreError::new(StoreErrorKind::Unavailable, "injected store failure"))
            }
            Some(Outage::Hang) => pending().await,
        }
    }
}

impl TokenStore for InstrumentedStore {
    async fn load(&self, key: &StoreKey) -> Result<Loaded, StoreError> {
        let step = match self.faults.phase() {
            Phase::Idle => Step::Read,
            Phase::Requesting => Step::ReadToExtend,
            Phase::Saving => Step::ReadToSave,
        };
        self.faults.reach(Point::before(step)).await;
        self.check_outage().await?;
        let before = self.generations.newest.load(Ordering::Relaxed);
        let loaded = self.engine.load(key).await;
        self.faults.reach(Point::after(step)).await;
        self.check_outage().await?;
        let loaded = loaded?;
        if let Some(generation) = RecordSummary::of(loaded.record.as_ref()).generation {
            self.generations.observe(generation, before);
        }
        Ok(loaded)
    }

    async fn swap(&self, key: &StoreKey, swap: Swap) -> Result<SwapOutcome, StoreError> {
        let after = RecordSummary::of(swap.record.as_ref());
        let step = RecordSummary::of(swap.expected.as_ref()).step_to(&after);
        self.faults.reach(Point::before(step)).await;
        self.check_outage().await?;
        let (engine, key, write) = (self.engine.clone(), key.clone(), self.faults.begin_write());
        let written = async move {
            let outcome = engine.swap(&key, swap).await;
            drop(write);
            outcome
        };
        let outcome = match self.completes_writes {
            true => {
                let written = tokio::spawn(written).await;
                written.unwrap_or_else(|error| Err(StoreError::new(StoreErrorKind::Unavailable, error)))
            }
            false => written.await,
        };
        self.faults.reach(Point::after(step)).await;
        self.check_outage().await?;
        let outcome = outcome?;
        if outcome == SwapOutcome::Done {
            if let Some(generation) = after.generation {
                self.generations.observe(generation, 0);
            }
            if step != Step::ExtendLease {
                self.faults.set_phase(Phase::Idle);
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

/// The fields of a record that distinguish the steps.
#[derive(Debug, Default, PartialEq)]
struct RecordSummary {
    generation: Option<u64>,
    fence: Option<u64>,
    owner: Option<String>,
    until: Option<u64>,
}

impl RecordSummary {
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
            Step::OtherWrite
        } else if (after.fence, &after.owner) == (self.fence, &self.owner) {
            Step::ExtendLease
        } else {
            Step::AcquireLease
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_a_renewal_are_distinguished() {
        let records = [
            (r#"{"fence":1}"#, Step::OtherWrite),
            (r#"{"fence":2,"lease":{"owner":"a","until":10}}"#, Step::AcquireLease),
            (r#"{"fence":2,"lease":{"owner":"a","until":12}}"#, Step::ExtendLease),
            (
                r#"{"fence":2,"lease":{"owner":"a","until":12},"refusals":{}}"#,
                Step::OtherWrite,
            ),
            (r#"{"fence":3,"lease":{"owner":"b","until":20}}"#, Step::AcquireLease),
            (r#"{"fence":4,"lease":{"owner":"b","until":30}}"#, Step::AcquireLease),
            (r#"{"fence":4,"token":{"generation":7}}"#, Step::Save),
            (
                r#"{"fence":4,"token":{"generation":7,"rejected":true}}"#,
                Step::OtherWrite,
            ),
        ];
        let mut last = RecordSummary::default();
        for (text, step) in records {
            let record = RecordSummary::of(Some(&text.into()));
            assert_eq!(last.step_to(&record), step, "{text}");
            last = record;
        }
    }
}
