//! What must hold, whatever happens.

use std::time::{Duration, UNIX_EPOCH};

use evergrant::runtime::Runtime as _;
use evergrant::store::{LeaseOutcome, LeaseRenewal, SaveOutcome, StoreGeneration, StoredToken};
use evergrant_testing::ManualClock;
use serde_json::Value;

use super::engine::{Change, json};
use super::member::{Account, Ended, Member, Operation};

/// What is known apart from any member's word.
pub(super) struct Rules {
    clock: ManualClock,
    /// How many there were; each has its number.
    leases: usize,
    state: Seen,
    greatest_fence: u64,
    greatest_generation: u64,
    /// As members were told.
    generations: Vec<StoreGeneration>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// The newest lease that the record knows of: one that was lost with it is as good as none.
    newest: Option<usize>,
    holder: Holder,
}

/// Whose turn it is to fetch.
#[derive(Debug, Clone, Copy)]
enum Holder {
    Nobody,
    Until(Duration),
    /// The engine's clock was set back meanwhile.
    Unknown,
}

impl Rules {
    pub(super) fn new(clock: ManualClock) -> Self {
        Self {
            clock,
            leases: 0,
            state: Seen {
                newest: None,
                holder: Holder::Nobody,
            },
            greatest_fence: 0,
            greatest_generation: 0,
            generations: Vec::new(),
        }
    }

    pub(super) fn generations(&self) -> &[StoreGeneration] {
        &self.generations
    }

    pub(super) fn seen(&self) -> Seen {
        self.state
    }

    pub(super) fn record_was_lost(&mut self) {
        self.state = Seen {
            newest: None,
            holder: Holder::Nobody,
        };
    }

    pub(super) fn clock_was_set_back(&mut self) {
        self.state.holder = Holder::Unknown;
    }

    pub(super) fn all_leases_have_run_out(&mut self) {
        self.state.holder = Holder::Nobody;
    }

    pub(super) fn the_last_save_is_the_newest(&self) {
        let last = self.generations.last().map(ToString::to_string);
        assert_eq!(last, Some(self.greatest_generation.to_string()));
    }

    pub(super) fn check_change(&mut self, operation: Operation, account: &mut Account, change: Change) {
        assert!(account.change.is_none(), "{operation:?} changes the record twice");
        let Change { seen_at, before, after } = &change;
        let own = account.own;
        let fences = [before, after].map(|record| record["fence"].as_u64().unwrap_or(0));
        let generation = after["token"]["generation"].as_u64().unwrap_or(0);
        match operation {
            Operation::Acquire(term) => {
                if let Holder::Until(until) = self.state.holder {
                    assert!(until <= *seen_at, "a lease was taken from its holder");
                }
                assert!(fences[1] > self.greatest_fence, "a lease's number is not the greatest");
                assert_eq!(before["token"], after["token"]);
                self.greatest_fence = fences[1];
                self.state.newest = Some(self.leases);
                self.state.holder = self.held(*seen_at, term);
                account.taken = Some(self.leases);
                self.leases += 1;
            }
            Operation::Renew(term) => {
                assert!(
                    own.is_some() && own == self.state.newest,
                    "a lease was extended that is lost"
                );
                assert_eq!(fences[0], fences[1]);
                assert_eq!(before["token"], after["token"]);
                self.state.holder = self.held(*seen_at, term);
            }
            Operation::Release => {
                assert!(
                    own.is_some() && own == self.state.newest,
                    "a lease was given back that is lost"
                );
                assert_eq!(before["token"], after["token"]);
                assert!(after["lease"].is_null());
                self.state.holder = Holder::Nobody;
            }
            Operation::Save(_) => {
                assert!(own.is_some() && own >= self.state.newest, "a late writer has saved");
                assert!(
                    generation > self.greatest_generation,
                    "a generation is not the greatest"
                );
                assert!(fences[1] >= fences[0], "a lease's number was forgotten");
                assert!(after["lease"].is_null() && after["token"]["rejected"].is_null());
                self.greatest_generation = generation;
                self.state = Seen {
                    newest: own,
                    holder: Holder::Nobody,
                };
            }
            Operation::RejectNewest | Operation::RejectOlder => {
                let rejects = account.rejects.map(|generation| generation.to_string());
                assert_eq!(
                    rejects,
                    Some(before["token"]["generation"].to_string()),
                    "another one was marked"
                );
                assert!(after["token"]["rejected"] == true && before["token"]["rejected"].is_null());
                assert_eq!(before["token"]["generation"], after["token"]["generation"]);
                assert_eq!(before["lease"], after["lease"]);
            }
            Operation::Clear => {
                assert!(after.is_null());
                self.record_was_lost();
            }
            Operation::Load => panic!("a load has changed the record"),
        }
        account.change = Some(change);
    }

    pub(super) fn check_end(&mut self, member: &mut Member, ended: Ended) {
        let loaded = member.watch.lock().unwrap().loaded.clone().unwrap();
        let account = std::mem::take(&mut member.account);
        let seen = account.seen.unwrap();
        match ended {
            Ended::Acquire(LeaseOutcome::Acquired(lease)) => member.lease = Some((lease, account.taken.unwrap())),
            Ended::Acquire(LeaseOutcome::Held { left, .. }) => {
                assert!(account.change.is_none());
                match seen.holder {
                    Holder::Until(until) => assert_eq!(loaded.now + left, until),
                    Holder::Nobody => panic!("a lease that nobody has is withheld"),
                    Holder::Unknown => {}
                }
            }
            Ended::Acquire(outcome) => panic!("an unknown outcome: {outcome:?}"),
            Ended::Renew(LeaseRenewal::Extended) => assert!(account.change.is_some()),
            Ended::Renew(LeaseRenewal::Lost) => assert!(account.change.is_none()),
            Ended::Save(SaveOutcome::Saved(generation)) => {
                let change = account.change.unwrap();
                assert_eq!(generation.to_string(), change.after["token"]["generation"].to_string());
                self.generations.push(generation);
            }
            Ended::Save(SaveOutcome::Superseded) => {
                assert!(account.change.is_none());
                assert!(
                    account.own < seen.newest,
                    "a token was not saved though nobody else took the lease"
                );
            }
            Ended::Load(stored) => {
                let record = json(loaded.record.as_ref().map(|record| record.expose()));
                check_token(member, stored.as_ref(), &record, loaded.now);
            }
            Ended::Other => {}
        }
    }

    /// By the time at which the member looked, which lies ahead if the clock was set back since.
    fn held(&self, seen_at: Duration, term: u64) -> Holder {
        match self.clock.wall() < UNIX_EPOCH + seen_at {
            true => Holder::Unknown,
            false => Holder::Until(seen_at + Duration::from_millis(term)),
        }
    }
}

/// That a token is found just when there is one, and lives no longer here than by the engine's clock.
fn check_token(member: &Member, found: Option<&StoredToken>, record: &Value, seen_at: Duration) {
    let token = &record["token"];
    let Some(found) = found else {
        let issued = token["issued"].as_u64().map(Duration::from_millis);
        assert!(
            issued.is_none_or(|issued| issued > seen_at),
            "a token that was saved is not found"
        );
        return;
    };
    assert_eq!(found.generation.to_string(), token["generation"].to_string());
    let (marked, known) = (token["rejected"] == true, member.rejected.contains(&found.generation));
    assert!(!marked || found.rejected, "a rejected token is found alive");
    assert!(
        !found.rejected || marked || known,
        "a token counts as rejected that nobody has rejected"
    );
    // The answer took a millisecond at least.
    let expires = Duration::from_millis(token["expires"].as_u64().unwrap());
    let left = expires.saturating_sub(seen_at + Duration::from_millis(1));
    let left_here = found
        .token
        .expires_at()
        .unwrap()
        .duration_since(member.runtime.now().wall());
    assert!(
        left_here.unwrap_or_default() <= left,
        "a token lives longer here than by the engine's clock"
    );
}
