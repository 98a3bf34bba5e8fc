//! The record of one key in any store: its leases, generations, and authentication.

mod fetch_coordination;
mod outcome;
mod read_and_write;
#[cfg(test)]
#[cfg(not(evergrant_loom))]
mod tests;
mod trust;
mod user_tokens;

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

pub(crate) use self::fetch_coordination::FailureNote;
pub use self::outcome::{Lease, LeaseOutcome, LeaseRenewal, SaveOutcome, StoredToken};
pub(crate) use self::read_and_write::{Edit, Snapshot, contended};
use self::read_and_write::{unusable, unusable_token};
pub(crate) use self::user_tokens::LeaseToEnd;
use super::record::{DEFAULT_RETENTION, RecordClient, StoreTime};
use super::{HighWaterMark, Record, SharedStore, StoreError, StoreKey, Summary, Swap, SwapOutcome};
use crate::Token;
use crate::error::ClientContext;
use crate::runtime::{SharedRuntime, Timestamp};
use crate::token_generation::StoreGeneration;

/// A handle to the record of one key in a token store: loads and saves its token, and acquires the lease to fetch the
/// next one. [`TokenManager`](crate::TokenManager)s manage their records themselves. This type is for tools and for the
/// test suite of stores.
///
/// ```
/// use std::time::Duration;
/// use evergrant::Token;
/// use evergrant::store::{LeaseOutcome, LeasedRecord, MemoryStore, SaveOutcome, StoreKey};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), evergrant::store::StoreError> {
/// let key = StoreKey::builder("https://auth.example.com/token", "client-id").build();
/// let leased_record = LeasedRecord::new(MemoryStore::new(), key);
/// if let LeaseOutcome::Acquired(lease) = leased_record.acquire(Duration::from_secs(3)).await? {
///     let token = Token::new("not-a-real-token").with_expires_in(Duration::from_secs(3600));
///     let SaveOutcome::Saved(generation) = leased_record.save(&lease, &token).await? else {
///         panic!("no other process holds the lease");
///     };
///     assert_eq!(leased_record.load().await?.map(|stored| stored.generation), Some(generation));
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct LeasedRecord {
    store: SharedStore,
    key: StoreKey,
    client: Option<Arc<RecordClient>>,
    context: Option<Arc<ClientContext>>,
    owner: Arc<str>,
    runtime: SharedRuntime,
    limit: Duration,
    mark: Arc<HighWaterMark>,
    /// Maximum time for which a record is kept after its last write.
    retention: Duration,
    /// The record of a user's token: without it, the user is signed out.
    is_for_user: bool,
}

/// Maximum number of attempts to change a record that other processes keep changing.
const MAX_ATTEMPTS: u32 = 40;
/// Default time limit of one operation of the engine.
pub(crate) const OPERATION_LIMIT: Duration = Duration::from_secs(1);

impl LeasedRecord {
    /// Creates a handle to the record with this key in a token store. Each handle has a unique name, with which it
    /// acquires leases.
    pub fn new(store: impl Into<SharedStore>, key: StoreKey) -> Self {
        let store = store.into();
        Self {
            mark: store.mark(&key),
            store,
            key,
            client: None,
            context: None,
            owner: unique_name().into(),
            runtime: SharedRuntime::default(),
            limit: OPERATION_LIMIT,
            retention: DEFAULT_RETENTION,
            is_for_user: false,
        }
    }

    /// Sets the runtime, which provides the clock and timers. Default: tokio and the system clock.
    #[must_use]
    pub fn with_runtime(mut self, runtime: impl Into<SharedRuntime>) -> Self {
        self.runtime = runtime.into();
        self
    }

    /// Sets the time limit of one operation on the store. Default: 1 s.
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Loads the token that this record in the token store contains. Returns `None` if the record contains no token, is
    /// not [trusted](super#what-is-trusted), or cannot be decrypted. Expired and rejected tokens are returned too.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails, or if a newer version of this library wrote the record.
    pub async fn load(&self) -> Result<Option<StoredToken>, StoreError> {
        let snapshot = self.snapshot().await?;
        Ok(self.token_in(&snapshot).await)
    }

    /// Loads the content of this record in the token store, without the token itself, for operators. Returns `None` if
    /// the store does not have this record. Nothing is decrypted, so no encryption key is needed, and the record is not
    /// authenticated. Strings are shortened for display and contain no control characters.
    ///
    /// # Errors
    /// Same as [`load`](Self::load), and [`StoreError`] if the record cannot be read.
    pub async fn summary(&self) -> Result<Option<Summary>, StoreError> {
        let loaded = self.with_time_limit(self.store.load(&self.key)).await?;
        let Some(text) = loaded.record else { return Ok(None) };
        let record = Record::read(&text, &self.key).map_err(unusable)?;
        Ok(Some(Summary::of(&record, loaded.now)))
    }

    /// Acquires the lease of this record if no process holds it: the right to fetch a token for all processes that
    /// share the record. The lease lasts for `term`. If another process holds a lease of more than twice this duration,
    /// that lease is treated as one of the duration `term`, or of 3 s if that is longer.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails. The outcome is then unknown.
    pub async fn acquire(&self, term: Duration) -> Result<LeaseOutcome, StoreError> {
        let snapshot = self.snapshot().await?;
        let take = |record: &mut Record, now| match record.acquire_lease(&self.owner, now, term) {
            Some(lease) => Edit::Write(LeaseOutcome::Acquired(lease)),
            None => Edit::Leave(LeaseOutcome::Held {
                remaining: record.lease_remaining(now, term).unwrap_or_default(),
            }),
        };
        Ok(self.edit(snapshot, take).await?.0)
    }

    /// Extends the lease of this record, which this process holds. The lease then lasts for `term` from now.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails. The outcome is then unknown.
    pub async fn renew(&self, lease: &Lease, term: Duration) -> Result<LeaseRenewal, StoreError> {
        let snapshot = self.snapshot().await?;
        let extend = |record: &mut Record, now: StoreTime| match record.extend_lease(lease, now, term) {
            true => Edit::Write(LeaseRenewal::Extended),
            false => Edit::Leave(LeaseRenewal::Lost),
        };
        Ok(self.edit(snapshot, extend).await?.0)
    }

    /// Releases the lease of this record, which this process holds, and notifies the processes that wait for the lease.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails. The lease then expires by itself.
    pub async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let snapshot = self.snapshot().await?;
        let end = |record: &mut Record, _| match record.release_lease(lease) {
            true => Edit::WriteAndNotify(()),
            false => Edit::Leave(()),
        };
        self.edit(snapshot, end).await.map(|_| ())
    }

    /// Saves a token in this record of the token store, in place of any older one, releases the lease, and notifies the
    /// other processes.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails. The outcome is then unknown.
    pub async fn save(&self, lease: &Lease, token: &Token) -> Result<SaveOutcome, StoreError> {
        let now = self.runtime.now();
        self.save_renewed(lease, token, now).await
    }

    /// Same as [`save`](Self::save) for a token whose lifetime starts at `received` unless the token states otherwise.
    pub(crate) async fn save_renewed(
        &self,
        lease: &Lease,
        token: &Token,
        received: Timestamp,
    ) -> Result<SaveOutcome, StoreError> {
        for _ in 0..MAX_ATTEMPTS {
            let snapshot = self.snapshot().await?;
            if !snapshot.record.is_current(lease) || self.is_signed_out(&snapshot) {
                return Ok(SaveOutcome::Superseded);
            }
            let shared = self.shared_token(&snapshot, token, received).await?;
            let generation = shared.generation;
            let mut record = snapshot.record.clone();
            record.put(shared, lease);
            if self.write(&snapshot, &record, true).await? {
                return Ok(SaveOutcome::Saved(generation));
            }
            self.pause().await;
        }
        Err(contended())
    }

    /// Marks this record's token, if it has this generation, as rejected by an API. Nothing changes if the record
    /// contains a newer token.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails. The outcome is then unknown.
    pub async fn reject(&self, generation: StoreGeneration) -> Result<(), StoreError> {
        self.mark.reject(generation);
        let snapshot = self.snapshot().await?;
        let mark = |record: &mut Record, _| match record.reject(generation) {
            true => Edit::WriteAndNotify(()),
            false => Edit::Leave(()),
        };
        self.edit(snapshot, mark).await.map(|_| ())
    }

    /// Removes this record from the token store, even if its content cannot be read. Returns whether the store had this
    /// record.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails. The outcome is then unknown.
    pub async fn clear(&self) -> Result<bool, StoreError> {
        for _ in 0..MAX_ATTEMPTS {
            let loaded = self.with_time_limit(self.store.load(&self.key)).await?;
            if loaded.record.is_none() {
                return Ok(false);
            }
            let swap = Swap::new(loaded.record, None, Duration::ZERO).with_notification();
            if self.with_time_limit(self.store.swap(&self.key, swap)).await? == SwapOutcome::Done {
                return Ok(true);
            }
            self.pause().await;
        }
        Err(contended())
    }

    /// Returns the key of this record in the token store.
    #[must_use]
    pub fn key(&self) -> &StoreKey {
        &self.key
    }
}

impl fmt::Debug for LeasedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeasedRecord")
            .field("store", &self.store)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// A name that is unique with overwhelming probability.
fn unique_name() -> String {
    let [a, b] = [0_u8, 1].map(|part| RandomState::new().hash_one(part));
    format!("{}-{a:016x}{b:016x}", std::process::id())
}
