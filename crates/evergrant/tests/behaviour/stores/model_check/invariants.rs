//! The invariants of leases and generations.

use std::time::{Duration, UNIX_EPOCH};

use evergrant::runtime::Runtime as _;
use evergrant::store::{LeaseOutcome, LeaseRenewal, SaveOutcome, StoreGeneration, StoredToken};
use evergrant_testing::ManualClock;
use serde_json::Value;

use super::process::{Operation, Outcome, Process, Progress};
use super::simulated_store::{Change, json};

/// The expected state, independent of what processes report.
pub(super) struct Invariants {
    clock: ManualClock,
    /// Number of leases so far. Each lease has a number.
    leases: usize,
    state: LeaseState,
    greatest_fence: u64,
    greatest_generation: u64,
    /// Generations returned by saves.
    generations: Vec<StoreGeneration>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct LeaseState {
    /// The newest lease in the record. A lease lost with the record does not count.
    newest: Option<usize>,
    holder: Holder,
}

/// Until when a process holds the lease.
#[derive(Debug, Clone, Copy)]
enum Holder {
    None,
    Until(Duration),
    /// The engine's clock was stepped back since.
    Unknown,
}

impl Invariants {
    pub(super) fn new(clock: ManualClock) -> Self {
        Self {
            clock,
            leases: 0,
            state: LeaseState {
                newest: None,
                holder: Holder::None,
            },
            greatest_fence: 0,
            greatest_generation: 0,
            generations: Vec::new(),
        }
    }

    pub(super) fn generations(&self) -> &[StoreGeneration] {
        &self.generations
    }

    pub(super) fn lease_state(&self) -> LeaseState {
        self.state
    }

    pub(super) fn record_lost(&mut self) {
        self.state = LeaseState {
            newest: None,
            holder: Holder::None,
        };
    }

    pub(super) fn clock_stepped_back(&mut self) {
        self.state.holder = Holder::Unknown;
    }

    pub(super) fn all_leases_expired(&mut self) {
        self.state.holder = Holder::None;
    }

    pub(super) fn assert_last_save_is_newest(&self) {
        let last = self.generations.last().map(ToString::to_string);
        assert_eq!(last, Some(self.greatest_generation.to_string()));
    }

    pub(super) fn check_change(&mut self, operation: Operation, progress: &mut Progress, change: Change) {
        assert!(progress.change.is_none(), "{operation:?} changes the record twice");
        let Change {
            loaded_at,
            before,
            after,
        } = &change;
        let held = progress.held;
        let fences = [before, after].map(|record| record["fence"].as_u64().unwrap_or(0));
        let generation = after["token"]["generation"].as_u64().unwrap_or(0);
        match operation {
            Operation::Acquire(term) => {
                if let Holder::Until(until) = self.state.holder {
                    assert!(until <= *loaded_at, "a lease was taken from its holder");
                }
                assert!(fences[1] > self.greatest_fence, "a fencing number is not the greatest");
                assert_eq!(before["token"], after["token"]);
                self.greatest_fence = fences[1];
                self.state.newest = Some(self.leases);
                self.state.holder = self.holder_until(*loaded_at, term);
                progress.acquired = Some(self.leases);
                self.leases += 1;
            }
            Operation::Renew(term) => {
                assert!(held.is_some() && held == self.state.newest, "a lost lease was extended");
                assert_eq!(fences[0], fences[1]);
                assert_eq!(before["token"], after["token"]);
                self.state.holder = self.holder_until(*loaded_at, term);
            }
            Operation::Release => {
                assert!(held.is_some() && held == self.state.newest, "a lost lease was released");
                assert_eq!(before["token"], after["token"]);
                assert!(after["lease"].is_null());
                self.state.holder = Holder::None;
            }
            Operation::Save(_) => {
                assert!(held.is_some() && held >= self.state.newest, "a late save succeeded");
                assert!(
                    generation > self.greatest_generation,
                    "a generation is not the greatest"
                );
                assert!(fences[1] >= fences[0], "a fencing number was lost");
                assert!(after["lease"].is_null() && after["token"]["rejected"].is_null());
                self.greatest_generation = generation;
                self.state = LeaseState {
                    newest: held,
                    holder: Holder::None,
                };
            }
            Operation::RejectNewest | Operation::RejectOlder => {
                let rejects = progress.rejects.map(|generation| generation.to_string());
                assert_eq!(
                    rejects,
                    Some(before["token"]["generation"].to_string()),
                    "another generation was marked"
                );
                assert!(after["token"]["rejected"] == true && before["token"]["rejected"].is_null());
                assert_eq!(before["token"]["generation"], after["token"]["generation"]);
                assert_eq!(before["lease"], after["lease"]);
            }
            Operation::Clear => {
                assert!(after.is_null());
                self.record_lost();
            }
            Operation::Load => panic!("a load changed the record"),
        }
        progress.change = Some(change);
    }

    pub(super) fn check_outcome(&mut self, process: &mut Process, outcome: Outcome) {
        let loaded = process.monitor.lock().unwrap().loaded.clone().unwrap();
        let progress = std::mem::take(&mut process.progress);
        let seen = progress.lease_state.unwrap();
        match outcome {
            Outcome::Acquire(LeaseOutcome::Acquired(lease)) => {
                process.lease = Some((lease, progress.acquired.unwrap()))
            }
            Outcome::Acquire(LeaseOutcome::Held { remaining: left, .. }) => {
                assert!(progress.change.is_none());
                match seen.holder {
                    Holder::Until(until) => assert_eq!(loaded.now + left, until),
                    Holder::None => panic!("an available lease was not acquired"),
                    Holder::Unknown => {}
                }
            }
            Outcome::Acquire(outcome) => panic!("unknown outcome: {outcome:?}"),
            Outcome::Renew(LeaseRenewal::Extended) => assert!(progress.change.is_some()),
            Outcome::Renew(LeaseRenewal::Lost) => assert!(progress.change.is_none()),
            Outcome::Save(SaveOutcome::Saved(generation)) => {
                let change = progress.change.unwrap();
                assert_eq!(generation.to_string(), change.after["token"]["generation"].to_string());
                self.generations.push(generation);
            }
            Outcome::Save(SaveOutcome::Superseded) => {
                assert!(progress.change.is_none());
                assert!(
                    progress.held < seen.newest,
                    "a token was not saved although no other process acquired the lease"
                );
            }
            Outcome::Load(stored) => {
                let record = json(loaded.record.as_ref().map(|record| record.expose()));
                check_token(process, stored.as_ref(), &record, loaded.now);
            }
            Outcome::Other => {}
        }
    }

    /// Returns the holder from the time of the load, which is in the future if the clock was stepped back since.
    fn holder_until(&self, loaded_at: Duration, term: u64) -> Holder {
        match self.clock.wall() < UNIX_EPOCH + loaded_at {
            true => Holder::Unknown,
            false => Holder::Until(loaded_at + Duration::from_millis(term)),
        }
    }
}

/// Checks that a token is found exactly when it exists, and that it does not live longer than by the engine's clock.
fn check_token(process: &Process, found: Option<&StoredToken>, record: &Value, loaded_at: Duration) {
    let token = &record["token"];
    let Some(found) = found else {
        let issued = token["issued"].as_u64().map(Duration::from_millis);
        assert!(
            issued.is_none_or(|issued| issued > loaded_at),
            "a saved token is not found"
        );
        return;
    };
    assert_eq!(found.generation.to_string(), token["generation"].to_string());
    let (marked, known) = (token["rejected"] == true, process.rejected.contains(&found.generation));
    assert!(!marked || found.rejected, "a rejected token is not marked as rejected");
    assert!(
        !found.rejected || marked || known,
        "a token is marked as rejected without a rejection"
    );
    // The response took at least one millisecond.
    let expires = Duration::from_millis(token["expires"].as_u64().unwrap());
    let left = expires.saturating_sub(loaded_at + Duration::from_millis(1));
    let left_here = found
        .token
        .expires_at()
        .unwrap()
        .duration_since(process.runtime.now().wall());
    assert!(
        left_here.unwrap_or_default() <= left,
        "a token lives longer than by the engine's clock"
    );
}
