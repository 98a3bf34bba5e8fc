//! Stores through which many processes share one token: the [`TokenStore`] trait, and the types that are built on it.
//!
//! A storage engine has two main operations: [`load`](TokenStore::load) and [`swap`](TokenStore::swap), which is
//! compare-and-swap. [`LeasedRecord`] implements everything else once for all engines: leases with fencing numbers,
//! generations, the binding of a record to its key, and encryption.
//!
//! ```text
//! fetch ─▶ LeasedRecord (rules of one record) ─▶ Seal (encryption) ─▶ TokenStore (load, swap) ─▶ engine
//! ```
//!
//! [`MemoryStore`] is for tests and for managers of one process; `evergrant-store` supports files, Redis and Postgres.
//!
//! # Content of a record
//! A record contains the client, the token with its generation, the lease of the process that fetches the next token,
//! and the last failure with the pause that all processes respect. All times are measured on the engine's clock, so
//! that a process with a wrong clock does no harm. If the engine has no clock, the clock of the machine that the
//! processes share is used.
//!
//! # What is trusted
//! Other parties may be able to write to the engine, or restore older data.
//!
//! - With encryption, a tag authenticates the whole record. A record with an invalid tag is not trusted. If the tag's
//!   key is unknown to this process, only the lease is trusted.
//! - Each write increases the record's revision. A record with a lower revision than the highest that this process has
//!   seen through the same [`SharedStore`] is not trusted. The process then fetches a token and writes it with a higher
//!   revision, so that a fleet recovers by itself after its engine lost data or was restored from a backup.
//! - A failure in a record keeps processes from fetching for at most one hour, like a server's `Retry-After`. A lease
//!   keeps a process from fetching for at most twice the process's own lease duration. A process that has been kept
//!   from fetching for longer fetches on its own.
//! - A record of more than [`MAX_RECORD_SIZE`] bytes is treated as damaged.

mod change_notifications;
mod highest_seen_revisions;
mod leased_record;
mod memory;
mod record;
mod record_summary;
mod store_key;
mod token_encryption;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

pub use self::change_notifications::{ChangeListener, Changes};
use self::highest_seen_revisions::{HighWaterMark, HighWaterMarks};
pub(crate) use self::leased_record::{FailureNote, LeaseToEnd, OPERATION_LIMIT, Snapshot, contended};
pub use self::leased_record::{Lease, LeaseOutcome, LeaseRenewal, LeasedRecord, SaveOutcome, StoredToken};
pub use self::memory::MemoryStore;
pub use self::record::MAX_RECORD_SIZE;
pub(crate) use self::record::{DEFAULT_LEASE_TERM, DEFAULT_RETENTION, Failure, MAX_PAUSE, Pauses, Record};
pub use self::record_summary::{LeaseSummary, Summary, TokenSummary};
pub use self::store_key::{InvalidStoreKey, StoreKey, StoreKeyBuilder};
use self::token_encryption::{DynSeal, SharedSeal};
pub use self::token_encryption::{Seal, SealError};
use crate::Secret;
pub use crate::error::store::{StoreError, StoreErrorKind};
use crate::runtime::BoxFuture;
use crate::store_circuit_breaker::Breaker;
pub use crate::token_generation::StoreGeneration;

/// A token store: stores one string (a record) for each key, in a storage engine such as Redis. A record is replaced
/// only if it has not changed since it was read. Implement this trait for a storage engine that `evergrant-store` does
/// not include.
///
/// # Contract
/// - [`swap`](Self::swap) is atomic and linearizable among all processes: of two swaps that expect the same record, one
///   returns [`Conflict`](SwapOutcome::Conflict).
/// - A [`load`](Self::load) after a completed swap returns the swapped record, or a newer one.
/// - [`Loaded::now`] is the time of one clock for all processes: the engine's own clock if it has one. The time goes
///   backward only when that clock is adjusted.
/// - The engine may drop a record when its `ttl` has passed, and should not drop it earlier. If a record is lost early,
///   another token request is needed.
/// - No operation waits for the engine for more than a few seconds. Callers apply their own limits and drop the future.
/// - Errors and logs contain no part of a record.
/// - An engine may reject records of more than [`MAX_RECORD_SIZE`] bytes; this library writes no longer records.
///
/// `evergrant_testing::store` contains a test suite for implementations.
pub trait TokenStore: fmt::Debug + Send + Sync + 'static {
    /// Loads the record of this key, and the time on the engine's clock.
    ///
    /// # Errors
    /// [`StoreError`] when the engine does not respond or fails. A missing record is not an error.
    fn load(&self, key: &StoreKey) -> impl Future<Output = Result<Loaded, StoreError>> + Send;

    /// Replaces the record of this key if the current record is the expected one.
    ///
    /// # Errors
    /// [`StoreError`] when the engine does not respond or fails; the swap may have happened.
    fn swap(&self, key: &StoreKey, swap: Swap) -> impl Future<Output = Result<SwapOutcome, StoreError>> + Send;

    /// Lists the keys of all records, for operators. This may be slow.
    ///
    /// # Errors
    /// [`StoreError`] when the engine does not respond or fails.
    fn keys(&self) -> impl Future<Output = Result<Vec<StoreKey>, StoreError>> + Send;

    /// Returns the channel through which the engine notifies of changed records. If this is `None` (the default),
    /// processes find changes only by loading the record periodically.
    fn changes(&self) -> Option<&Changes> {
        None
    }
}

/// The result of [`TokenStore::load`]: a record, and the engine's time.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The loaded record. `None` if the store has no record of the key.
    pub record: Option<Secret>,
    /// The time on the storage engine's clock, as the duration since 1970.
    pub now: Duration,
}

/// A compare-and-swap operation for [`TokenStore::swap`]: replaces a record if it is the expected one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Swap {
    /// The expected current record, byte for byte. `None` if the store is expected to have no record of the key.
    pub expected: Option<Secret>,
    /// The new record. `None` removes the current record.
    pub record: Option<Secret>,
    /// How long the new record is useful. The storage engine may drop the record afterwards.
    pub ttl: Duration,
    /// Whether to notify the other processes of the change, through their [`Changes`].
    pub notify: bool,
}

/// The outcome of a [`Swap`], a compare-and-swap operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwapOutcome {
    /// The record was replaced or removed.
    Done,
    /// The current record is not the expected one. Nothing changed.
    Conflict,
}

/// A shared handle to any [`TokenStore`], with or without encryption. Cheap to clone; clones share the store.
#[derive(Clone)]
pub struct SharedStore {
    engine: Arc<dyn DynTokenStore>,
    seal: Option<SharedSeal>,
    breaker: Arc<Breaker>,
    marks: Arc<HighWaterMarks>,
}

impl SharedStore {
    /// Creates a shared handle to this token store. Tokens are stored unencrypted unless [`with_seal`](Self::with_seal)
    /// sets an encryption.
    pub fn new(store: impl TokenStore) -> Self {
        Self {
            engine: Arc::new(store),
            seal: None,
            breaker: Arc::default(),
            marks: Arc::default(),
        }
    }

    /// Sets the encryption of the token store: `seal` encrypts tokens and authenticates records. Records that are not
    /// encrypted, or that are encrypted for another store key, are treated as missing.
    #[must_use]
    pub fn with_seal(mut self, seal: impl Seal) -> Self {
        self.seal = Some(Arc::new(seal));
        // The old marks are those of unauthenticated records.
        self.marks = Arc::default();
        self
    }

    /// Loads the record of this key from the token store. See [`TokenStore::load`].
    ///
    /// # Errors
    /// Same as [`TokenStore::load`].
    pub async fn load(&self, key: &StoreKey) -> Result<Loaded, StoreError> {
        self.engine.load(key).await
    }

    /// Replaces the record of this key in the token store if the current record is the expected one. See
    /// [`TokenStore::swap`].
    ///
    /// # Errors
    /// Same as [`TokenStore::swap`].
    pub async fn swap(&self, key: &StoreKey, swap: Swap) -> Result<SwapOutcome, StoreError> {
        self.engine.swap(key, swap).await
    }

    /// Lists the keys of all records in the token store. See [`TokenStore::keys`].
    ///
    /// # Errors
    /// Same as [`TokenStore::keys`].
    pub async fn keys(&self) -> Result<Vec<StoreKey>, StoreError> {
        self.engine.keys().await
    }

    /// Returns the channel through which the token store notifies of changed records, if there is one. See
    /// [`TokenStore::changes`].
    #[must_use]
    pub fn changes(&self) -> Option<&Changes> {
        self.engine.changes()
    }

    pub(crate) fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    fn mark(&self, key: &StoreKey) -> Arc<HighWaterMark> {
        self.marks.get(key)
    }

    fn seal(&self) -> Option<&dyn DynSeal> {
        self.seal.as_deref()
    }
}

impl Swap {
    /// Creates a compare-and-swap operation that replaces the record `expected` with `record`. The new record is kept
    /// for at least `ttl`. Other processes are not notified.
    #[must_use]
    pub fn new(expected: Option<Secret>, record: Option<Secret>, ttl: Duration) -> Self {
        Self {
            expected,
            record,
            ttl,
            notify: false,
        }
    }

    /// Makes this operation notify the other processes, so that they read the changed record at their next call. By
    /// default, they are not notified.
    #[must_use]
    pub fn with_notification(mut self) -> Self {
        self.notify = true;
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

/// The dyn-compatible counterpart of [`TokenStore`].
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
