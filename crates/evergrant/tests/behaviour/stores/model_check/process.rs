//! A simulated process: one operation at a time, and one access to the engine per poll.

use std::fmt::{self, Debug};
use std::future::pending;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use evergrant::Token;
use evergrant::runtime::{BlockingTask, BoxFuture, Runtime, SpawnError, Timestamp};
use evergrant::store::{
    Lease, LeaseOutcome, LeaseRenewal, LeasedRecord, MemoryStore, SaveOutcome, StoreError, StoreGeneration, StoreKey,
    StoredToken,
};
use evergrant_testing::ManualClock;

use super::invariants::LeaseState;
use super::simulated_store::{Change, Engine, Fault, Monitor, yield_once};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// With the lease duration in milliseconds.
    Acquire(u64),
    Renew(u64),
    /// With the token lifetime in seconds.
    Save(u64),
    Release,
    RejectNewest,
    RejectOlder,
    Load,
    Clear,
}

/// The outcome of an operation.
#[derive(Debug)]
pub(super) enum Outcome {
    Acquire(LeaseOutcome),
    Renew(LeaseRenewal),
    Save(SaveOutcome),
    Load(Option<StoredToken>),
    Other,
}

/// The progress of an operation.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// The number of the lease that the process held.
    pub(super) held: Option<usize>,
    pub(super) rejects: Option<StoreGeneration>,
    /// The expected state of the lease when the process last loaded the record.
    pub(super) lease_state: Option<LeaseState>,
    pub(super) change: Option<Change>,
    /// The number of the lease that the operation acquired.
    pub(super) acquired: Option<usize>,
}

pub(super) struct Process {
    pub(super) monitor: Arc<Mutex<Monitor>>,
    pub(super) runtime: ProcessRuntime,
    /// The last lease and its number. A lost lease is kept to test that it has no effect.
    pub(super) lease: Option<(Lease, usize)>,
    pub(super) progress: Progress,
    /// The tokens that the process has rejected, whether or not the store knows.
    pub(super) rejected: Vec<StoreGeneration>,
    leased_record: LeasedRecord,
    running: Option<(Operation, BoxFuture<'static, Result<Outcome, StoreError>>)>,
}

impl Process {
    pub(super) fn new(number: usize, store: &MemoryStore, clock: &ManualClock, key: &StoreKey) -> Self {
        let monitor = Arc::<Mutex<Monitor>>::default();
        let runtime = ProcessRuntime {
            clock: clock.clone(),
            // The wall clocks differ by an hour each.
            wall: SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045 + 3600 * number as u64),
        };
        let engine = Engine::new(store.clone(), clock.clone(), Arc::clone(&monitor));
        Self {
            leased_record: LeasedRecord::new(engine, key.clone()).with_runtime(runtime.clone()),
            monitor,
            runtime,
            lease: None,
            progress: Progress::default(),
            rejected: Vec::new(),
            running: None,
        }
    }

    pub(super) fn operation(&self) -> Option<Operation> {
        self.running.as_ref().map(|(operation, _)| *operation)
    }

    /// Begins an operation if its precondition holds: a lease, or one of the last two generations.
    pub(super) fn begin(&mut self, operation: Operation, generations: &[StoreGeneration]) {
        let leased_record = self.leased_record.clone();
        let lease = self.lease.as_ref().map(|(lease, _)| lease.clone());
        let rejects = match operation {
            Operation::RejectNewest => generations.last(),
            Operation::RejectOlder => generations.iter().rev().nth(1),
            _ => None,
        };
        let future: BoxFuture<'static, _> = match (operation, lease) {
            (Operation::Acquire(term), _) => Box::pin(async move {
                leased_record
                    .acquire(Duration::from_millis(term))
                    .await
                    .map(Outcome::Acquire)
            }),
            (Operation::Renew(term), Some(lease)) => Box::pin(async move {
                let term = Duration::from_millis(term);
                leased_record.renew(&lease, term).await.map(Outcome::Renew)
            }),
            (Operation::Save(seconds), Some(lease)) => Box::pin(async move {
                let token = Token::new("not-a-real-token").with_expires_in(Duration::from_secs(seconds));
                leased_record.save(&lease, &token).await.map(Outcome::Save)
            }),
            (Operation::Release, Some(lease)) => {
                Box::pin(async move { leased_record.release(&lease).await.map(|()| Outcome::Other) })
            }
            (Operation::Load, _) => Box::pin(async move { leased_record.load().await.map(Outcome::Load) }),
            (Operation::Clear, _) => Box::pin(async move { leased_record.clear().await.map(|_| Outcome::Other) }),
            (Operation::RejectNewest | Operation::RejectOlder, _) => {
                let Some(generation) = rejects.copied() else { return };
                Box::pin(async move { leased_record.reject(generation).await.map(|()| Outcome::Other) })
            }
            (Operation::Renew(_) | Operation::Save(_) | Operation::Release, None) => return,
        };
        self.rejected.extend(rejects);
        *self.monitor.lock().unwrap() = Monitor::default();
        self.progress = Progress {
            held: self.lease.as_ref().map(|(_, number)| *number),
            rejects: rejects.copied(),
            ..Progress::default()
        };
        self.running = Some((operation, future));
    }

    /// Polls the operation: one access to the engine or one pause.
    pub(super) fn poll(&mut self, fault: Option<Fault>) -> Poll<Result<Outcome, StoreError>> {
        self.monitor.lock().unwrap().fault = fault;
        let Some((_, future)) = &mut self.running else {
            return Poll::Pending;
        };
        let polled = Pin::new(future).poll(&mut Context::from_waker(Waker::noop()));
        self.monitor.lock().unwrap().fault = None;
        polled
    }

    pub(super) fn drop_operation(&mut self) {
        self.running = None;
    }
}

/// A runtime with the common time since boot and a wrong wall clock. Time limits never expire, and a pause takes one
/// poll.
#[derive(Clone)]
pub(super) struct ProcessRuntime {
    clock: ManualClock,
    wall: SystemTime,
}

impl Runtime for ProcessRuntime {
    fn now(&self) -> Timestamp {
        let since_boot = self.clock.now().since_boot();
        Timestamp::new(self.wall + since_boot, since_boot)
    }

    async fn sleep(&self, duration: Duration) {
        if duration > Duration::from_millis(100) {
            pending::<()>().await;
        }
        yield_once().await;
    }

    fn spawn(&self, _: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        Err(SpawnError)
    }

    fn spawn_blocking(&self, _: BlockingTask) -> Result<(), SpawnError> {
        Err(SpawnError)
    }
}

impl Debug for ProcessRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessRuntime").finish_non_exhaustive()
    }
}
