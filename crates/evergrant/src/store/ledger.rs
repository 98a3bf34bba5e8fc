//! One record's rules, on any store: who may fetch, what counts as newer, and that a record belongs to its key.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use super::record::{Body, FleetRefusals, Pauses, RecordClient, RecordError, SharedToken, StoreTime, millis};
use super::seal::DynSeal;
use super::{
    ChangeListener, Failure, Record, SharedStore, StoreError, StoreErrorKind, StoreKey, Summary, Swap, SwapOutcome,
};
use crate::error::ClientContext;
use crate::manager::events;
use crate::runtime::{SharedRuntime, Timestamp};
use crate::token::Shared;
use crate::{Secret, Token, jitter};

/// Which of a fleet's tokens this is: each one that is saved has a greater number, even after the engine has lost its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreGeneration(pub(super) u64);

/// The right to fetch, until it runs out or somebody else takes it.
#[derive(Debug, Clone)]
pub struct Lease {
    pub(super) fence: u64,
    pub(super) owner: Arc<str>,
}

/// How the attempt to take the lease ended; that the store failed is an error.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum LeaseOutcome {
    /// It is ours.
    Acquired(Lease),
    /// Somebody else's, for so long at most.
    #[non_exhaustive]
    Held {
        /// What is left of it.
        left: Duration,
    },
}

/// Whether a lease could be extended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseRenewal {
    /// Yes.
    Extended,
    /// No: somebody else has it by now.
    Lost,
}

/// Whether a token was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveOutcome {
    /// Yes, as this generation. The lease ends with it.
    Saved(StoreGeneration),
    /// No: somebody else has taken the lease meanwhile, and its token is, or will be, the newer one.
    Superseded,
}

/// A token that some process of the fleet has saved.
#[derive(Debug, Clone)]
pub struct StoredToken {
    /// The token, with its expiry by this process's clock.
    pub token: Token,
    /// Its generation.
    pub generation: StoreGeneration,
    /// Whether an API has refused it.
    pub rejected: bool,
}

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
}

/// How often a record that others change all the time is read anew.
const TRIES: u32 = 40;
/// The limit of one operation, unless it is set.
pub(crate) const OPERATION_LIMIT: Duration = Duration::from_secs(1);

impl Ledger {
    /// The record under `key`, for a process of its own name.
    pub fn new(store: impl Into<SharedStore>, key: StoreKey) -> Self {
        Self {
            store: store.into(),
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

    /// What operators and events are told of the client.
    pub(crate) fn for_client(mut self, context: &Arc<ClientContext>, scopes: &crate::Scopes) -> Self {
        self.client = Some(Arc::new(RecordClient {
            client_id: context.client_id().to_owned(),
            endpoint: context.endpoint().to_owned(),
            scopes: scopes.to_string(),
        }));
        self.context = Some(Arc::clone(context));
        self
    }

    /// The token, if there is one that opens: expired and rejected ones too.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails, or when a newer version of this library owns the record.
    pub async fn load(&self) -> Result<Option<StoredToken>, StoreError> {
        let page = self.page().await?;
        Ok(self.token_on(&page).await)
    }

    /// What the record says but for the token itself, which is not opened; `None` when there is none.
    ///
    /// # Errors
    /// As [`load`](Self::load), and for a record that cannot be read.
    pub async fn summary(&self) -> Result<Option<Summary>, StoreError> {
        let loaded = self.bounded(self.store.load(&self.key)).await?;
        let Some(text) = loaded.record else { return Ok(None) };
        let record = Record::read(&text, &self.key).map_err(unusable)?;
        Ok(Some(Summary::of(&record, loaded.now)))
    }

    /// Takes the lease for so long, if nobody has it.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known whether we have it.
    pub async fn acquire(&self, term: Duration) -> Result<LeaseOutcome, StoreError> {
        let page = self.page().await?;
        let take = |record: &mut Record, now| match record.take_lease(&self.owner, now, term) {
            Some(lease) => Edit::Write(LeaseOutcome::Acquired(lease)),
            None => Edit::Leave(LeaseOutcome::Held {
                left: record.lease_left(now).unwrap_or_default(),
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

    /// Hears of changes, where the engine tells of them.
    pub(crate) fn listen(&self) -> Option<ChangeListener> {
        Some(self.store.changes()?.listen(&self.key))
    }

    pub(crate) fn owner(&self) -> &str {
        &self.owner
    }

    /// For the time after a failed fetch: the lease is given back, and all are told what to remember.
    pub(crate) async fn fail(&self, lease: &Lease, failure: Option<&(String, Pauses, bool)>) -> Result<(), StoreError> {
        let page = self.page().await?;
        let note = |record: &mut Record, now: StoreTime| {
            if !record.end_lease(lease) {
                return Edit::Leave(());
            }
            if let Some((message, pauses, asked_for)) = failure {
                let count = record.failure.as_ref().map_or(0, |failure| failure.count);
                record.failure = Some(Failure {
                    at: now,
                    pauses: *pauses,
                    count: count.saturating_add(1),
                    message: message.clone(),
                    asked_for: *asked_for,
                });
            }
            Edit::Announce(())
        };
        self.edit(page, note).await.map(|_| ())
    }

    /// A fresh token was refused as well, so that for a while a refusal says nothing about the token.
    pub(crate) async fn replay_refused(&self, first: Duration, longest: Duration) -> Result<(), StoreError> {
        let page = self.page().await?;
        let note = |record: &mut Record, now: StoreTime| {
            if record.is_beyond_doubt(now) {
                return Edit::Leave(());
            }
            let is_recent = |last: &FleetRefusals| now.checked_sub(last.until).is_some_and(|ago| ago <= longest);
            let recent = record.refusals.filter(is_recent);
            let streak = recent.map_or(0, |last| last.streak);
            let pause = first.saturating_mul(1 << streak.min(8)).min(longest);
            record.refusals = Some(FleetRefusals {
                until: now.saturating_add(pause),
                streak: streak.saturating_add(1),
            });
            Edit::Write(())
        };
        self.edit(page, note).await.map(|_| ())
    }

    /// The record as it is now; an empty one where there is none that can be used.
    pub(crate) async fn page(&self) -> Result<Page, StoreError> {
        let before = self.runtime.now();
        let loaded = self.bounded(self.store.load(&self.key)).await?;
        let after = self.runtime.now();
        let record = match &loaded.record {
            None => Record::default(),
            Some(text) => match Record::read(text, &self.key) {
                Ok(record) => record,
                Err(RecordError::Newer) => return Err(unusable(RecordError::Newer)),
                Err(error) => {
                    self.refuse(&error);
                    Record::default()
                }
            },
        };
        Ok(Page {
            record,
            text: loaded.record,
            now: loaded.now,
            before,
            after,
        })
    }

    /// Changes the record by a rule, which is asked again whenever another process was faster.
    pub(crate) async fn edit<T>(
        &self,
        mut page: Page,
        mut rule: impl FnMut(&mut Record, StoreTime) -> Edit<T>,
    ) -> Result<(T, Page), StoreError> {
        for _ in 0..TRIES {
            let mut record = page.record.clone();
            let (outcome, announce) = match rule(&mut record, page.now) {
                Edit::Leave(outcome) => return Ok((outcome, page)),
                Edit::Write(outcome) => (outcome, false),
                Edit::Announce(outcome) => (outcome, true),
            };
            if self.write(&page, &record, announce).await? {
                return Ok((outcome, page));
            }
            self.pause().await;
            page = self.page().await?;
        }
        Err(contended())
    }

    /// The page's token by this process's clock, if it opens.
    pub(crate) async fn token_on(&self, page: &Page) -> Option<StoredToken> {
        let shared = page.record.token(page.now)?;
        let text = match (&shared.body, self.store.seal()) {
            (Body::Plain(text), None) => text.clone(),
            (Body::Sealed(sealed), Some(seal)) => {
                let identity = self.identity(shared);
                match self.runtime.timeout(self.limit, seal.open(&identity, sealed)).await {
                    Some(Ok(text)) => text,
                    Some(Err(error)) => {
                        self.refuse(&error);
                        return None;
                    }
                    None => {
                        self.refuse(&"its keys do not come in time");
                        return None;
                    }
                }
            }
            (Body::Plain(_), Some(_)) => {
                self.refuse(&"it is not encrypted, and encryption is asked for");
                return None;
            }
            (Body::Sealed(_), None) => {
                self.refuse(&"it is encrypted, and there are no keys");
                return None;
            }
        };
        let token = match Token::from_json(text.expose()) {
            Ok(token) => token,
            Err(error) => {
                self.refuse(&error);
                return None;
            }
        };
        let token = token.shared(Shared {
            generation: shared.generation,
            issued: page.local_time(shared.issued),
            ends: shared.expires.map(|time| page.local_time(time)),
            unproven: shared.unproven,
        });
        Some(StoredToken {
            token,
            generation: shared.generation,
            rejected: shared.rejected,
        })
    }

    /// Whether a token could be encrypted: to be known before one is fetched that could not be saved.
    pub(crate) async fn check_seal(&self) -> Result<(), StoreError> {
        match self.store.seal() {
            Some(seal) => self
                .sealed(seal, b"evergrant check", &Secret::from(""))
                .await
                .map(|_| ()),
            None => Ok(()),
        }
    }

    async fn sealed(&self, seal: &dyn DynSeal, identity: &[u8], text: &Secret) -> Result<String, StoreError> {
        let sealing = async {
            let sealed = seal.seal(identity, text).await;
            sealed.map_err(|error| StoreError::new(StoreErrorKind::Refused, error))
        };
        self.bounded(sealing).await
    }

    /// Whether no other process was faster.
    pub(crate) async fn write(&self, page: &Page, record: &Record, announce: bool) -> Result<bool, StoreError> {
        let mut record = record.clone();
        if self.client.is_some() {
            record.client = self.client.as_deref().cloned();
        }
        let mut swap = Swap::new(page.text.clone(), Some(record.write(&self.key)), record.keep(page.now));
        swap.announce = announce;
        Ok(self.bounded(self.store.swap(&self.key, swap)).await? == SwapOutcome::Done)
    }

    async fn bounded<T>(&self, operation: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let limit = self.limit;
        let outcome = self.runtime.timeout(limit, operation).await;
        outcome.unwrap_or_else(|| Err(StoreError::timeout(limit)))
    }

    /// Those who were in one another's way should not be so again.
    async fn pause(&self) {
        self.runtime
            .sleep(jitter::scaled(Duration::from_millis(10), jitter::unit()))
            .await;
    }

    /// What a token is sealed for: nothing of it can be changed, or moved elsewhere, without the seal breaking.
    fn identity(&self, token: &SharedToken) -> Vec<u8> {
        let mut identity = b"evergrant token 1\0".to_vec();
        identity.extend_from_slice(self.key.to_string().as_bytes());
        let times = [token.issued, token.expires.unwrap_or(Duration::MAX)].map(millis);
        for number in [token.generation.0, times[0], times[1]] {
            identity.extend_from_slice(&number.to_be_bytes());
        }
        identity
    }

    fn refuse(&self, problem: &dyn fmt::Display) {
        events::store_entry_refused(self.context.as_deref(), &self.key, problem);
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

/// A record as it was read, and what the clocks showed then.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) record: Record,
    text: Option<Secret>,
    /// On the engine's clock.
    pub(crate) now: StoreTime,
    before: Timestamp,
    after: Timestamp,
}

impl Page {
    /// When it will be, or was, that time here; early rather than late.
    pub(crate) fn local_time(&self, time: StoreTime) -> Timestamp {
        match time.checked_sub(self.now) {
            Some(ahead) => self.before.plus(ahead),
            None => self.before.minus(self.now.saturating_sub(time)),
        }
    }

    /// What time it was on the engine's clock; early rather than late.
    fn store_time(&self, time: Timestamp) -> StoreTime {
        let ago = self.after.elapsed_since(time);
        let ahead = time.elapsed_since(self.after);
        self.now.saturating_sub(ago).saturating_add(ahead)
    }
}

/// What a rule makes of a record.
pub(crate) enum Edit<T> {
    /// It stays as it is.
    Leave(T),
    /// It is written.
    Write(T),
    /// It is written, and the others are told.
    Announce(T),
}

/// Nobody else's, as far as chance goes.
fn unique_name() -> String {
    let [a, b] = [0_u8, 1].map(|part| RandomState::new().hash_one(part));
    format!("{}-{a:016x}{b:016x}", std::process::id())
}

fn unusable(error: RecordError) -> StoreError {
    StoreError::new(StoreErrorKind::Unusable, error.to_string())
}

fn contended() -> StoreError {
    StoreError::new(StoreErrorKind::Contended, format!("{TRIES} times in a row"))
}
