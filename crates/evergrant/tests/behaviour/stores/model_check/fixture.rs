//! Processes, their engine, and the events of a run.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use evergrant::store::{MemoryStore, StoreError, StoreKey, Swap, TokenStore as _};
use evergrant_testing::ManualClock;

use super::invariants::Invariants;
use super::process::{Operation, Process};
use super::simulated_store::{Fault, Observation};

pub(super) struct Fixture {
    clock: ManualClock,
    store: MemoryStore,
    key: StoreKey,
    processes: Vec<Process>,
    invariants: Invariants,
    damages: u32,
}

impl Fixture {
    pub(super) fn new(processes: usize) -> Self {
        let clock = ManualClock::new();
        let store = MemoryStore::with_runtime(clock.clone());
        let key = StoreKey::builder("https://auth.example.com/token", "client-id").build();
        let processes = (0..processes).map(|number| Process::new(number, &store, &clock, &key));
        Self {
            processes: processes.collect(),
            invariants: Invariants::new(clock.clone()),
            clock,
            store,
            key,
            damages: 0,
        }
    }

    /// Begins an operation unless the process has one in progress.
    pub(super) fn begin(&mut self, process: usize, operation: Operation) {
        let process = &mut self.processes[process];
        if process.operation().is_none() {
            process.begin(operation, self.invariants.generations());
        }
    }

    pub(super) fn poll(&mut self, process: usize, fault: Option<Fault>) {
        let Some(operation) = self.processes[process].operation() else {
            return;
        };
        if operation == Operation::Clear && self.loss_would_go_unnoticed() {
            return;
        }
        let process = &mut self.processes[process];
        let polled = process.poll(fault);
        let observation = process.monitor.lock().unwrap().observation.take();
        match observation {
            Some(Observation::Loaded) => process.progress.lease_state = Some(self.invariants.lease_state()),
            Some(Observation::Changed(change)) => {
                self.invariants.check_change(operation, &mut process.progress, change)
            }
            None => {}
        }
        if let Poll::Ready(outcome) = polled {
            match outcome {
                Ok(outcome) => self.invariants.check_outcome(process, outcome),
                Err(error) => assert!(process.monitor.lock().unwrap().failed, "{error}"),
            }
            process.drop_operation();
        }
    }

    pub(super) fn drop_operation(&mut self, process: usize) {
        self.processes[process].drop_operation();
    }

    pub(super) fn advance(&mut self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
    }

    pub(super) fn step_back(&mut self, millis: u64) {
        self.clock.step_wall_back(Duration::from_millis(millis));
        self.invariants.clock_stepped_back();
    }

    pub(super) fn lose_record(&mut self) {
        if !self.loss_would_go_unnoticed() {
            self.replace(None);
        }
    }

    pub(super) fn damage_record(&mut self) {
        self.damages += 1;
        self.replace(Some(format!("damage {}", self.damages)));
    }

    /// Asserts that a new process can acquire the lease, save a token and load it.
    pub(super) fn assert_recovers(&mut self) {
        // Longer than all leases, and than all steps of the clock.
        self.advance(2_000_000);
        self.invariants.all_leases_expired();
        let last = self.processes.len();
        self.processes
            .push(Process::new(last, &self.store, &self.clock, &self.key));
        for operation in [Operation::Acquire(1000), Operation::Save(60), Operation::Load] {
            self.begin(last, operation);
            for _ in 0..100 {
                self.poll(last, None);
            }
            assert_eq!(self.processes[last].operation(), None, "{operation:?} has not finished");
        }
        self.invariants.assert_last_save_is_newest();
    }

    /// Returns whether a process has loaded a missing record and is about to insert one: it could not notice that a
    /// record was written and lost in between.
    fn loss_would_go_unnoticed(&self) -> bool {
        self.processes.iter().any(|process| {
            let loaded = process.monitor.lock().unwrap().loaded.clone();
            process.operation().is_some() && loaded.is_some_and(|loaded| loaded.record.is_none())
        })
    }

    fn replace(&mut self, text: Option<String>) {
        self.advance(1);
        let expected = now(self.store.load(&self.key)).record;
        let swap = Swap::new(expected, text.map(Into::into), Duration::from_secs(3600));
        now(self.store.swap(&self.key, swap));
        self.invariants.record_lost();
    }
}

/// Completes an operation of the memory store, which never waits.
fn now<T>(operation: impl Future<Output = Result<T, StoreError>>) -> T {
    match pin!(operation).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome.unwrap(),
        Poll::Pending => panic!("the memory store waits"),
    }
}
