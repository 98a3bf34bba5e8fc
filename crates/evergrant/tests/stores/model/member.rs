//! A process of the fleet: one operation at a time, one access to the engine a turn.

use std::fmt::{self, Debug};
use std::future::pending;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use evergrant::Token;
use evergrant::runtime::{BlockingTask, BoxFuture, Runtime, SpawnError, Timestamp};
use evergrant::store::{
    Lease, LeaseOutcome, LeaseRenewal, Ledger, MemoryStore, SaveOutcome, StoreError, StoreGeneration, StoreKey,
    StoredToken,
};
use evergrant_testing::ManualClock;

use super::engine::{Change, Engine, Trouble, Watch, turn};
use super::rules::Seen;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// For so many milliseconds.
    Acquire(u64),
    Renew(u64),
    /// Of a token that lives for so many seconds.
    Save(u64),
    Release,
    RejectNewest,
    RejectOlder,
    Load,
    Clear,
}

/// What came of an operation.
#[derive(Debug)]
pub(super) enum Ended {
    Acquire(LeaseOutcome),
    Renew(LeaseRenewal),
    Save(SaveOutcome),
    Load(Option<StoredToken>),
    Other,
}

/// An operation so far.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// Which lease the member had.
    pub(super) own: Option<usize>,
    pub(super) rejects: Option<StoreGeneration>,
    /// What the rules said when it last looked.
    pub(super) seen: Option<Seen>,
    pub(super) change: Option<Change>,
    /// Which lease it has taken.
    pub(super) taken: Option<usize>,
}

pub(super) struct Member {
    pub(super) watch: Arc<Mutex<Watch>>,
    pub(super) runtime: MemberRuntime,
    /// The last lease, and which of all it is: kept when it is lost, to see what it is still good for.
    pub(super) lease: Option<(Lease, usize)>,
    pub(super) account: Account,
    /// The tokens that it has rejected, whether the store knows or not.
    pub(super) rejected: Vec<StoreGeneration>,
    ledger: Ledger,
    under_way: Option<(Operation, BoxFuture<'static, Result<Ended, StoreError>>)>,
}

impl Member {
    pub(super) fn new(number: usize, store: &MemoryStore, clock: &ManualClock, key: &StoreKey) -> Self {
        let watch = Arc::<Mutex<Watch>>::default();
        let runtime = MemberRuntime {
            clock: clock.clone(),
            // An hour apart.
            wall: SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045 + 3600 * number as u64),
        };
        let engine = Engine::new(store.clone(), clock.clone(), Arc::clone(&watch));
        Self {
            ledger: Ledger::new(engine, key.clone()).with_runtime(runtime.clone()),
            watch,
            runtime,
            lease: None,
            account: Account::default(),
            rejected: Vec::new(),
            under_way: None,
        }
    }

    pub(super) fn operation(&self) -> Option<Operation> {
        self.under_way.as_ref().map(|(operation, _)| *operation)
    }

    /// Begins an operation, if there is what it needs: a lease, or one of the last two generations.
    pub(super) fn begin(&mut self, operation: Operation, generations: &[StoreGeneration]) {
        let ledger = self.ledger.clone();
        let lease = self.lease.as_ref().map(|(lease, _)| lease.clone());
        let rejects = match operation {
            Operation::RejectNewest => generations.last(),
            Operation::RejectOlder => generations.iter().rev().nth(1),
            _ => None,
        };
        let future: BoxFuture<'static, _> = match (operation, lease) {
            (Operation::Acquire(term), _) => {
                Box::pin(async move { ledger.acquire(Duration::from_millis(term)).await.map(Ended::Acquire) })
            }
            (Operation::Renew(term), Some(lease)) => Box::pin(async move {
                let term = Duration::from_millis(term);
                ledger.renew(&lease, term).await.map(Ended::Renew)
            }),
            (Operation::Save(seconds), Some(lease)) => Box::pin(async move {
                let token = Token::new("not-a-real-token").with_expires_in(Duration::from_secs(seconds));
                ledger.save(&lease, &token).await.map(Ended::Save)
            }),
            (Operation::Release, Some(lease)) => {
                Box::pin(async move { ledger.release(&lease).await.map(|()| Ended::Other) })
            }
            (Operation::Load, _) => Box::pin(async move { ledger.load().await.map(Ended::Load) }),
            (Operation::Clear, _) => Box::pin(async move { ledger.clear().await.map(|_| Ended::Other) }),
            (Operation::RejectNewest | Operation::RejectOlder, _) => {
                let Some(generation) = rejects.copied() else { return };
                Box::pin(async move { ledger.reject(generation).await.map(|()| Ended::Other) })
            }
            (Operation::Renew(_) | Operation::Save(_) | Operation::Release, None) => return,
        };
        self.rejected.extend(rejects);
        *self.watch.lock().unwrap() = Watch::default();
        self.account = Account {
            own: self.lease.as_ref().map(|(_, number)| *number),
            rejects: rejects.copied(),
            ..Account::default()
        };
        self.under_way = Some((operation, future));
    }

    /// One access to the engine, or one pause, and what follows until the next.
    pub(super) fn turn(&mut self, trouble: Option<Trouble>) -> Poll<Result<Ended, StoreError>> {
        self.watch.lock().unwrap().trouble = trouble;
        let Some((_, future)) = &mut self.under_way else {
            return Poll::Pending;
        };
        let polled = Pin::new(future).poll(&mut Context::from_waker(Waker::noop()));
        self.watch.lock().unwrap().trouble = None;
        polled
    }

    pub(super) fn drop_operation(&mut self) {
        self.under_way = None;
    }
}

/// The time since boot is that of all; the wall clock is wrong. Limits are never reached, and a pause takes a turn.
#[derive(Clone)]
pub(super) struct MemberRuntime {
    clock: ManualClock,
    wall: SystemTime,
}

impl Runtime for MemberRuntime {
    fn now(&self) -> Timestamp {
        let since_boot = self.clock.now().since_boot();
        Timestamp::new(self.wall + since_boot, since_boot)
    }

    async fn sleep(&self, duration: Duration) {
        if duration > Duration::from_millis(100) {
            pending::<()>().await;
        }
        turn().await;
    }

    fn spawn(&self, _: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        Err(SpawnError)
    }

    fn spawn_blocking(&self, _: BlockingTask) -> Result<(), SpawnError> {
        Err(SpawnError)
    }
}

impl Debug for MemberRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemberRuntime").finish_non_exhaustive()
    }
}
