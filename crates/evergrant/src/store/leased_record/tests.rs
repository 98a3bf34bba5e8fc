//! What sealed tokens are bound to, pauses and limits.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::UNIX_EPOCH;

use super::*;
use crate::Secret;
use crate::runtime::{BlockingTask, BoxFuture, Runtime, SpawnError};
use crate::store::record::SharedToken;
use crate::store::{Loaded, MAX_RECORD_SIZE, MemoryStore, Seal, SealError, StoreErrorKind, TokenStore};

const SECOND: Duration = Duration::from_secs(1);

/// A runtime whose clock stands still between the steps of a test, and which counts the pauses.
#[derive(Debug, Clone, Default)]
struct Clock {
    seconds: Arc<AtomicU64>,
    pauses: Arc<AtomicUsize>,
}

impl Clock {
    fn advance(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Runtime for Clock {
    fn now(&self) -> Timestamp {
        let now = Duration::from_secs(1_800_000_000 + self.seconds.load(Ordering::Relaxed));
        Timestamp::new(UNIX_EPOCH + now, now)
    }

    async fn sleep(&self, _: Duration) {
        self.pauses.fetch_add(1, Ordering::Relaxed);
    }

    fn sleep_running(&self, _: Duration) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }

    fn spawn(&self, _: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        Err(SpawnError)
    }

    fn spawn_blocking(&self, _: BlockingTask) -> Result<(), SpawnError> {
        Err(SpawnError)
    }
}

/// A seal that only binds a text to its identity.
#[derive(Debug)]
struct BindingSeal;

impl Seal for BindingSeal {
    async fn seal(&self, identity: &[u8], text: &Secret) -> Result<String, SealError> {
        let bytes = identity.iter().chain([&b'|']).chain(text.expose().as_bytes());
        Ok(bytes.map(|byte| format!("{byte:02x}")).collect())
    }

    async fn open(&self, identity: &[u8], sealed: &str) -> Result<Secret, SealError> {
        let start = Seal::seal(self, identity, &Secret::from("")).await?;
        let text = sealed.strip_prefix(&start).ok_or(SealError::NotAuthentic)?;
        let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        let text: Vec<u8> = (0..text.len()).step_by(2).map(byte).collect();
        Ok(Secret::new(String::from_utf8(text).unwrap()))
    }
}

/// A store in which another process is always faster.
#[derive(Debug)]
struct Contended;

impl TokenStore for Contended {
    async fn load(&self, _: &StoreKey) -> Result<Loaded, StoreError> {
        let (record, now) = (None, Duration::from_secs(1_800_000_000));
        Ok(Loaded { record, now })
    }

    async fn swap(&self, _: &StoreKey, _: Swap) -> Result<SwapOutcome, StoreError> {
        Ok(SwapOutcome::Conflict)
    }

    async fn keys(&self) -> Result<Vec<StoreKey>, StoreError> {
        Ok(Vec::new())
    }
}

fn key(client: &str) -> StoreKey {
    StoreKey::builder("https://auth.example.com/token", client).build()
}

fn leased_record(store: impl Into<SharedStore>, clock: &Clock) -> LeasedRecord {
    LeasedRecord::new(store, key("client-id")).with_runtime(clock.clone())
}

async fn acquire(record: &LeasedRecord) -> Lease {
    match record.acquire(3 * SECOND).await.unwrap() {
        LeaseOutcome::Acquired(lease) => lease,
        LeaseOutcome::Held { .. } => panic!("no other process holds the lease"),
    }
}

/// Writes a record with this token and a valid tag.
async fn put(record: &LeasedRecord, token: SharedToken) {
    let snapshot = record.snapshot().await.unwrap();
    let mut changed = snapshot.record.clone();
    changed.token = Some(token);
    assert!(record.write(&snapshot, &changed, false).await.unwrap());
}

#[tokio::test]
async fn a_sealed_token_is_bound_to_its_key_its_generation_and_its_times() {
    let clock = Clock::default();
    let store = SharedStore::new(MemoryStore::with_runtime(clock.clone())).with_seal(BindingSeal);
    let record = leased_record(store.clone(), &clock);
    let lease = acquire(&record).await;
    let token = Token::new("not-a-real-token").with_expires_in(60 * SECOND);
    record.save(&lease, &token).await.unwrap();
    let saved = record.snapshot().await.unwrap().record.token.unwrap();
    let with = |change: fn(&mut SharedToken)| {
        let mut token = saved.clone();
        change(&mut token);
        token
    };
    let changes: [fn(&mut SharedToken); 4] = [
        |token| token.generation.0 += 1,
        |token| token.issued -= SECOND,
        |token| token.expires = token.expires.map(|expires| expires + SECOND),
        |token| token.expires = None,
    ];
    for (index, change) in changes.into_iter().enumerate() {
        put(&record, with(change)).await;
        assert!(record.load().await.unwrap().is_none(), "{index}");
    }
    let other = LeasedRecord::new(store, key("other-client")).with_runtime(clock);
    put(&other, saved.clone()).await;
    assert!(other.load().await.unwrap().is_none());
    put(&record, saved).await;
    assert!(record.load().await.unwrap().is_some());
}

#[tokio::test]
async fn the_pause_after_rejected_replays_doubles_until_they_stop() {
    let clock = Clock::default();
    let record = leased_record(MemoryStore::with_runtime(clock.clone()), &clock);
    let reject = async || {
        record.record_rejected_replay(SECOND, 60 * SECOND).await.unwrap();
        let snapshot = record.snapshot().await.unwrap();
        let until = snapshot.record.pause(snapshot.now).unwrap();
        (until - snapshot.now).as_secs()
    };
    for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
        assert_eq!(reject().await, pause);
        assert_eq!(reject().await, pause, "during the pause");
        clock.advance(pause);
    }
    clock.advance(60);
    assert_eq!(reject().await, 60, "a minute after the last pause");
    clock.advance(60 + 61);
    assert_eq!(reject().await, 1, "later");
    record.end_rejection_pause().await.unwrap();
    assert_eq!(record.snapshot().await.unwrap().record.rejection_pause, None);
}

#[tokio::test]
async fn a_withdrawn_rejection_has_no_effect() {
    let clock = Clock::default();
    let record = leased_record(MemoryStore::with_runtime(clock.clone()), &clock);
    let lease = acquire(&record).await;
    record.save(&lease, &Token::new("not-a-real-token")).await.unwrap();
    let stored = async || record.load().await.unwrap().unwrap();
    let generation = stored().await.generation;
    assert!(!stored().await.rejected);
    record.add_rejected(generation);
    assert!(stored().await.rejected);
    record.remove_rejected(generation);
    assert!(!stored().await.rejected);
}

#[tokio::test]
async fn a_record_of_the_maximum_size_is_written() {
    let clock = Clock::default();
    let record = leased_record(MemoryStore::with_runtime(clock.clone()), &clock);
    let save = async |length: usize| {
        let lease = acquire(&record).await;
        let saved = record.save(&lease, &Token::new("a".repeat(length))).await;
        record.release(&lease).await.unwrap();
        saved
    };
    let size = async || {
        let loaded = record.store.load(&record.key).await.unwrap();
        loaded.record.unwrap().expose().len()
    };
    save(1000).await.unwrap();
    let longest = 1000 + MAX_RECORD_SIZE - size().await;
    assert_eq!(save(longest + 1).await.unwrap_err().kind(), StoreErrorKind::Unusable);
    save(longest).await.unwrap();
    assert_eq!(size().await, MAX_RECORD_SIZE);
}

#[tokio::test]
async fn processes_that_conflict_pause_and_give_up() {
    let clock = Clock::default();
    let record = leased_record(Contended, &clock);
    let error = record.acquire(SECOND).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Contended);
    assert_eq!(clock.pauses.load(Ordering::Relaxed), MAX_ATTEMPTS as usize);
}

#[test]
fn debug_output_names_the_key() {
    let record = leased_record(MemoryStore::new(), &Clock::default());
    let shown = format!("{record:?}");
    assert!(shown.contains(&format!("{:?}", record.key())), "{shown}");
}
