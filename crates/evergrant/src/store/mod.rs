//! One token for many processes: the seam to an engine that keeps small records, and what is made of it.
//!
//! An engine does two things, [`load`](TokenStore::load) and [`swap`](TokenStore::swap), which is compare-and-swap. Everything
//! delicate is built on these two once and for all engines, in the [`Ledger`]: leases with fencing numbers, generations, the
//! binding of a record to its key, encryption.
//!
//! ```text
//! flight ─▶ Ledger (one record's rules) ─▶ Seal (encryption) ─▶ TokenStore (load, swap) ─▶ engine
//! ```
//!
//! [`MemoryStore`] is for tests and for managers within one process; `evergrant-store` has files, Redis and Postgres.
//!
//! # What a record says
//! Which client it is for, the token with its generation, who fetches the next one and until when (the lease), and what the last
//! failure asks of everybody. All times are the engine's, so that a process whose clock is wrong does no harm; where the
//! engine has no clock of its own, they are those of the machine that the processes share.
//!
//! # What is believed of it
//! Others may be able to write to the engine, or put back what it had before.
//!
//! - With encryption, a tag authenticates the whole record. Of one whose tag does not fit, nothing is believed; of one whose
//!   key is unknown here, its lease alone.
//! - Each write raises the record's revision. A record whose revision is below the highest that this process has seen through
//!   the same [`SharedStore`] is not believed. The process fetches a token and writes it with a higher revision, so that a
//!   fleet whose engine has lost its data, or was restored from a backup, needs no help.
//! - A failure keeps processes from fetching for an hour at most, as a server's `Retry-After` does, and a lease for no more than
//!   twice the process's own. A process that others have kept from fetching for longer fetches by itself.
//! - A record of more than [`MAX_RECORD_SIZE`] bytes counts as damaged.

mod changes;
mod error;
mod high_water;
mod key;
mod ledger;
mod memory;
mod record;
mod seal;
mod summary;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

pub use self::changes::{ChangeListener, Changes};
pub use self::error::{StoreError, StoreErrorKind};
use self::high_water::{HighWaterMark, HighWaterMarks};
pub use self::key::{InvalidStoreKey, StoreKey, StoreKeyBuilder};
pub(crate) use self::ledger::{FailureNote, OPERATION_LIMIT, Page, contended};
pub use self::ledger::{Lease, LeaseOutcome, LeaseRenewal, Ledger, SaveOutcome, StoreGeneration, StoredToken};
pub use self::memory::MemoryStore;
pub use self::record::MAX_RECORD_SIZE;
pub(crate) use self::record::{Failure, LEASE_TERM, LONGEST_PAUSE, Pauses, Record, Urgency};
use self::seal::{DynSeal, SharedSeal};
pub use self::seal::{Seal, SealError};
pub use self::summary::{LeaseSummary, Summary, TokenSummary};
use crate::Secret;
use crate::manager::Breaker;
use crate::runtime::BoxFuture;

/// An engine that keeps one small text for each key, and replaces it only if it is still the one that was read.
///
/// # Contract
/// - [`swap`](Self::swap) is atomic and linearizable among all processes: of two that expect the same record, one gets
///   [`Conflict`](SwapOutcome::Conflict).
/// - A [`load`](Self::load) after a swap that has returned sees it.
/// - `now` never goes back by more than clocks are stepped, and is the engine's own clock where it has one: the same for all
///   processes.
/// - A record may be dropped once it was kept for as long as asked, and not before if the engine can help it. One that is lost
///   early costs a token request, and nothing else.
/// - No operation waits longer for the engine than a few seconds. Callers set limits of their own, and drop the future then.
/// - Neither errors nor logs contain anything of a record.
/// - An engine may refuse to return a record of more than [`MAX_RECORD_SIZE`] bytes; none that is longer is written.
///
/// `evergrant-testing` has the suite that checks an implementation: `evergrant_testing::store`.
pub trait TokenStore: fmt::Debug + Send + Sync + 'static {
    /// The record under this key, and what the engine's clock shows.
    ///
    /// # Errors
    /// [`StoreError`] when the engine gives no answer. That there is no record is none.
    fn load(&self, key: &StoreKey) -> impl Future<Output = Result<Loaded, StoreError>> + Send;

    /// Puts a record in the place of another.
    ///
    /// # Errors
    /// [`StoreError`] when the engine gives no answer; the swap may have happened all the same.
    fn swap(&self, key: &StoreKey, swap: Swap) -> impl Future<Output = Result<SwapOutcome, StoreError>> + Send;

    /// The keys that there are records under, for operators. Need not be quick.
    ///
    /// # Errors
    /// [`StoreError`] when the engine gives no answer.
    fn keys(&self) -> impl Future<Output = Result<Vec<StoreKey>, StoreError>> + Send;

    /// Where the engine's notifications arrive, if it has any. Without, members look again from time to time.
    fn changes(&self) -> Option<&Changes> {
        None
    }
}

/// What [`TokenStore::load`] found.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The record, if there is one.
    pub record: Option<Secret>,
    /// The engine's clock, as the time since 1970.
    pub now: Duration,
}

/// What [`TokenStore::swap`] is to do.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Swap {
    /// The record that must be there, byte for byte; `None` when there must be none.
    pub expected: Option<Secret>,
    /// The record to take its place; `None` to remove it.
    pub record: Option<Secret>,
    /// How long the record is of use to anybody.
    pub keep: Duration,
    /// Whether the other processes are to be told, through their [`Changes`].
    pub announce: bool,
}

/// How a [`Swap`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwapOutcome {
    /// The record is in its place.
    Done,
    /// Another record was there, or none. Nothing was changed.
    Conflict,
}

/// A handle to any [`TokenStore`], with encryption or without; cloning shares it.
#[derive(Clone)]
pub struct SharedStore {
    engine: Arc<dyn DynTokenStore>,
    seal: Option<SharedSeal>,
    breaker: Arc<Breaker>,
    marks: Arc<HighWaterMarks>,
}

impl SharedStore {
    /// Wraps a store. Tokens lie in it as they are: see [`sealed`](Self::sealed).
    pub fn new(store: impl TokenStore) -> Self {
        Self {
            engine: Arc::new(store),
            seal: None,
            breaker: Arc::default(),
            marks: Arc::default(),
        }
    }

    /// Has tokens encrypted on their way to the store, and records authenticated; those that are not, or for another key, count
    /// as missing.
    #[must_use]
    pub fn sealed(mut self, seal: impl Seal) -> Self {
        self.seal = Some(Arc::new(seal));
        // Those of records that nobody had to authenticate.
        self.marks = Arc::default();
        self
    }

    /// As [`TokenStore::load`].
    ///
    /// # Errors
    /// As there.
    pub async fn load(&self, key: &StoreKey) -> Result<Loaded, StoreError> {
        self.engine.load(key).await
    }

    /// As [`TokenStore::swap`].
    ///
    /// # Errors
    /// As there.
    pub async fn swap(&self, key: &StoreKey, swap: Swap) -> Result<SwapOutcome, StoreError> {
        self.engine.swap(key, swap).await
    }

    /// As [`TokenStore::keys`].
    ///
    /// # Errors
    /// As there.
    pub async fn keys(&self) -> Result<Vec<StoreKey>, StoreError> {
        self.engine.keys().await
    }

    /// As [`TokenStore::changes`].
    #[must_use]
    pub fn changes(&self) -> Option<&Changes> {
        self.engine.changes()
    }

    pub(crate) fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    fn mark(&self, key: &StoreKey) -> Arc<HighWaterMark> {
        self.marks.of(key)
    }

    fn seal(&self) -> Option<&dyn DynSeal> {
        self.seal.as_deref()
    }
}

impl Swap {
    /// To put `record` in the place of `expected`, and keep it for so long; nobody is told.
    #[must_use]
    pub fn new(expected: Option<Secret>, record: Option<Secret>, keep: Duration) -> Self {
        Self {
            expected,
            record,
            keep,
            announce: false,
        }
    }

    /// The same, and the other processes are told.
    #[must_use]
    pub fn announced(mut self) -> Self {
        self.announce = true;
        self
    }
}

impl<S: TokenStore> From<S> for SharedStore {
    fn from(store: S) -> Self {
        Self::new(store)
    }
}

impl fmt::Debug for SharedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedStore")
            .field("engine", &self.engine)
            .field("seal", &self.seal)
            .finish()
    }
}

/// The object-safe twin of [`TokenStore`].
trait DynTokenStore: fmt::Debug + Send + Sync {
    fn load<'a>(&'a self, key: &'a StoreKey) -> BoxFuture<'a, Result<Loaded, StoreError>>;
    fn swap<'a>(&'a self, key: &'a StoreKey, swap: Swap) -> BoxFuture<'a, Result<SwapOutcome, StoreError>>;
    fn keys(&self) -> BoxFuture<'_, Result<Vec<StoreKey>, StoreError>>;
    fn changes(&self) -> Option<&Changes>;
}

impl<S: TokenStore> DynTokenStore for S {
    fn load<'a>(&'a self, key: &'a StoreKey) -> BoxFuture<'a, Result<Loaded, StoreError>> {
        Box::pin(TokenStore::load(self, key))
    }

    fn swap<'a>(&'a self, key: &'a StoreKey, swap: Swap) -> BoxFuture<'a, Result<SwapOutcome, StoreError>> {
        Box::pin(TokenStore::swap(self, key, swap))
    }

    fn keys(&self) -> BoxFuture<'_, Result<Vec<StoreKey>, StoreError>> {
        Box::pin(TokenStore::keys(self))
    }

    fn changes(&self) -> Option<&Changes> {
        TokenStore::changes(self)
    }
}
