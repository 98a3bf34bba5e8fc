//! One record's rules, on any store: who may fetch, what counts as newer, and that a record belongs to its key.

mod fleet;
mod outcome;
mod page;
mod trust;

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

pub(crate) use self::fleet::FailureNote;
pub use self::outcome::{Lease, LeaseOutcome, LeaseRenewal, SaveOutcome, StoreGeneration, StoredToken};
use self::page::unusable;
pub(crate) use self::page::{Edit, Page, contended};
use super::record::{Body, RecordClient, SharedToken, StoreTime};
use super::{HighWaterMark, Record, SharedStore, StoreError, StoreKey, Summary, Swap, SwapOutcome};
use crate::Token;
use crate::error::ClientContext;
use crate::runtime::{SharedRuntime, Timestamp};

/// One key's record in a store, as one process sees it. [`TokenManager`](crate::TokenManager)s keep theirs themselves; this is for tools, and
/// for the suite that checks stores.
///
/// ```
/// use std::time::Duration;
/// use evergrant::Token;
/// use evergrant::store::{LeaseOutcome, Ledger, MemoryStore, SaveOutcome, StoreKey};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), evergrant::store::StoreError> {
/// let key = StoreKey::builder("https://auth.example.com/token", "client-id").build();
/// let ledger = Ledger::new(MemoryStore::new(), key);
/// if let LeaseOutcome::Acquired(lease) = ledger.acquire(Duration::from_secs(3)).await? {
///     let token = Token::new("not-a-real-token").with_expires_in(Duration::from_secs(3600));
///     let SaveOutcome::Saved(generation) = ledger.save(&lease, &token).await? else {
///         panic!("nobody else has the lease");
///     };
///     assert_eq!(ledger.load().await?.map(|stored| stored.generation), Some(generation));
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Ledger {
    store: SharedStore,
    key: StoreKey,
    client: Option<Arc<RecordClient>>,
    context: Option<Arc<ClientContext>>,
    owner: Arc<str>,
    runtime: SharedRuntime,
    limit: Duration,
    mark: Arc<HighWaterMark>,
}

/// How often a record that others change all the time is read anew.
const TRIES: u32 = 40;
/// The limit of one operation, unless it is set.
pub(crate) const OPERATION_LIMIT: Duration = Duration::from_secs(1);

impl Ledger {
    /// The record under `key`, for a process of its own name.
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
        }
    }

    /// Time from elsewhere than tokio and the system clock.
    #[must_use]
    pub fn with_runtime(mut self, runtime: impl Into<SharedRuntime>) -> Self {
        self.runtime = runtime.into();
        self
    }

    /// The limit of one operation of the engine, a second by default.
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The token, if there is one that opens, in a record that is [believed](super#what-is-believed-of-it): expired and rejected
    /// ones too.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails, or when a newer version of this library owns the record.
    pub async fn load(&self) -> Result<Option<StoredToken>, StoreError> {
        let page = self.page().await?;
        Ok(self.token_on(&page).await)
    }

    /// What the record says but for the token itself, which is not opened; `None` when there is none. Needs no keys, so that
    /// it is not known who wrote it. Texts are cut to a length for screens, and are without controls.
    ///
    /// # Errors
    /// As [`load`](Self::load), and for a record that cannot be read.
    pub async fn summary(&self) -> Result<Option<Summary>, StoreError> {
        let loaded = self.bounded(self.store.load(&self.key)).await?;
        let Some(text) = loaded.record else { return Ok(None) };
        let record = Record::read(&text, &self.key).map_err(unusable)?;
        Ok(Some(Summary::of(&record, loaded.now)))
    }

    /// Takes the lease for so long, if nobody has it. Another process's lease of more than twice as long counts as one of this
    /// length, or of 3 s if that is more.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known whether we have it.
    pub async fn acquire(&self, term: Duration) -> Result<LeaseOutcome, StoreError> {
        let page = self.page().await?;
        let take = |record: &mut Record, now| match record.take_lease(&self.owner, now, term) {
            Some(lease) => Edit::Write(LeaseOutcome::Acquired(lease)),
            None => Edit::Leave(LeaseOutcome::Held {
                left: record.lease_left(now, term).unwrap_or_default(),
            }),
        };
        Ok(self.edit(page, take).await?.0)
    }

    /// Extends the lease to so long from now.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known whether it was extended.
    pub async fn renew(&self, lease: &Lease, term: Duration) -> Result<LeaseRenewal, StoreError> {
        let page = self.page().await?;
        let extend = |record: &mut Record, now: StoreTime| match record.extend_lease(lease, now, term) {
            true => Edit::Write(LeaseRenewal::Extended),
            false => Edit::Leave(LeaseRenewal::Lost),
        };
        Ok(self.edit(page, extend).await?.0)
    }

    /// Gives the lease back, and tells those who wait for it.
    ///
    /// # Errors
    /// [`StoreError`]; the lease runs out by itself then.
    pub async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let page = self.page().await?;
        let end = |record: &mut Record, _| match record.end_lease(lease) {
            true => Edit::Announce(()),
            false => Edit::Leave(()),
        };
        self.edit(page, end).await.map(|_| ())
    }

    /// Saves a token over any older one, gives the lease back, and tells the others.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known whether the token was saved.
    pub async fn save(&self, lease: &Lease, token: &Token) -> Result<SaveOutcome, StoreError> {
        let now = self.runtime.now();
        self.save_renewed(lease, token, now).await
    }

    /// As [`save`](Self::save), of a token whose lifetime counts from `received` if it says nothing else.
    pub(crate) async fn save_renewed(
        &self,
        lease: &Lease,
        token: &Token,
        received: Timestamp,
    ) -> Result<SaveOutcome, StoreError> {
        for _ in 0..TRIES {
            let page = self.page().await?;
            if !page.record.honours(lease) {
                return Ok(SaveOutcome::Superseded);
            }
            let mut record = page.record.clone();
            let generation = record.next_generation(page.now);
            let issued = page.store_time(token.requested_at().unwrap_or(received));
            let left = token.left(received);
            let expires = left.map(|left| page.store_time(received).saturating_add(left));
            let unproven = record.token.as_ref().is_some_and(|last| last.rejected);
            let mut shared = SharedToken {
                generation,
                issued,
                expires,
                rejected: false,
                unproven,
                renewable: token.refresh_token().is_some(),
                body: Body::Plain(token.expose_json().into()),
            };
            if let (Body::Plain(text), Some(seal)) = (&shared.body, self.store.seal()) {
                shared.body = Body::Sealed(self.sealed(seal, &self.identity(&shared), text).await?);
            }
            record.put(shared, lease);
            if self.write(&page, &record, true).await? {
                return Ok(SaveOutcome::Saved(generation));
            }
            self.pause().await;
        }
        Err(contended())
    }

    /// Marks this generation as refused by an API. If it is no longer the newest, nothing changes.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known whether it was marked.
    pub async fn reject(&self, generation: StoreGeneration) -> Result<(), StoreError> {
        self.mark.reject(generation);
        let page = self.page().await?;
        let mark = |record: &mut Record, _| match record.reject(generation) {
            true => Edit::Announce(()),
            false => Edit::Leave(()),
        };
        self.edit(page, mark).await.map(|_| ())
    }

    /// Removes the record, whatever it is. Whether there was one.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known whether it was removed.
    pub async fn clear(&self) -> Result<bool, StoreError> {
        for _ in 0..TRIES {
            let loaded = self.bounded(self.store.load(&self.key)).await?;
            if loaded.record.is_none() {
                return Ok(false);
            }
            let swap = Swap::new(loaded.record, None, Duration::ZERO).announced();
            if self.bounded(self.store.swap(&self.key, swap)).await? == SwapOutcome::Done {
                return Ok(true);
            }
            self.pause().await;
        }
        Err(contended())
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &StoreKey {
        &self.key
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger")
            .field("store", &self.store)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Nobody else's, as far as chance goes.
fn unique_name() -> String {
    let [a, b] = [0_u8, 1].map(|part| RandomState::new().hash_one(part));
    format!("{}-{a:016x}{b:016x}", std::process::id())
}
