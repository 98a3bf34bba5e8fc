//! A record in a store, as another party may have left it.

use std::time::Duration;

use evergrant::Secret;
use evergrant::Token;
use evergrant::store::{LeaseOutcome, LeasedRecord, MemoryStore, SharedStore, StoreKey, Swap};
use evergrant_store::KeyRing;
use evergrant_testing::ManualClock;
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::error_display::assert_presentable;
use crate::fuzz_input::Input;
use crate::scripted_manager::{CLIENT_ID, ScriptedTransport, TOKEN_URL, block_on, client, within};
use crate::key_ring_decryption::KEYS;

/// The kind of record that the library writes before it is changed.
#[derive(Debug, Clone, Copy)]
enum RecordKind {
    Token,
    Rejected,
    Lease,
    Failure,
}

/// Maximum time for which a record keeps a manager from its token: twice the maximum wait that a server can request.
const MAX_WAIT: Duration = Duration::from_secs(2 * 3600);
/// Time limit of a call, in steps of 100 ms: a call fails after 5 s, plus a margin.
const CALL_LIMIT: u32 = 100;
/// Maximum number of changes.
const MAX_CHANGES: usize = 8;
const TOKEN: &str = "not-a-real-stored-token-0123456789";

/// Any record causes neither a panic nor an endless wait, and an encrypted record returns the token that was encrypted,
/// or none.
///
/// The record is the input, with `@key` replaced by its key, or one written by the library with some bytes replaced.
pub fn token_store_record(data: &[u8]) {
    let mut input = Input::new(data);
    let sealed = input.choice(&[false, true]);
    let kind = input.choice(&[
        None,
        Some(RecordKind::Token),
        Some(RecordKind::Rejected),
        Some(RecordKind::Lease),
        Some(RecordKind::Failure),
    ]);
    block_on(async {
        let clock = ManualClock::new();
        let fixture = Fixture::new(&clock, sealed);
        let text = match kind {
            None => input.text().replace("@key", &fixture.key.to_string()),
            Some(kind) => {
                fixture.write(kind).await;
                mutate(&fixture.remove().await, &mut input)
            }
        };
        fixture.put(text).await;
        fixture.inspect(sealed).await;
        fixture.fetch().await;
    });
}

struct Fixture {
    clock: ManualClock,
    memory: MemoryStore,
    store: SharedStore,
    key: StoreKey,
}

impl Fixture {
    fn new(clock: &ManualClock, sealed: bool) -> Self {
        let memory = MemoryStore::with_runtime(clock.clone());
        let mut store = SharedStore::new(memory.clone());
        if sealed {
            store = store.with_seal(KeyRing::parse(KEYS).expect("keys"));
        }
        Self {
            clock: clock.clone(),
            memory,
            store,
            key: StoreKey::builder(TOKEN_URL, CLIENT_ID).scopes(["books.read"]).build(),
        }
    }

    fn leased_record(&self) -> LeasedRecord {
        LeasedRecord::new(self.store.clone(), self.key.clone()).with_runtime(self.clock.clone())
    }

    async fn write(&self, kind: RecordKind) {
        if let RecordKind::Failure = kind {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", HeaderValue::from_static("30"));
            let transport = ScriptedTransport::new(StatusCode::SERVICE_UNAVAILABLE, headers, "");
            let tokens = client("not-a-real-secret", &self.clock).store(self.store.clone());
            let tokens = tokens.build(transport).expect("valid settings");
            assert!(
                within(&self.clock, CALL_LIMIT, async move { tokens.token().await })
                    .await
                    .is_err()
            );
            return;
        }
        let leased_record = self.leased_record();
        let lease = leased_record
            .acquire(Duration::from_secs(3))
            .await
            .expect("the memory store does not fail");
        let LeaseOutcome::Acquired(lease) = lease else {
            panic!("no other process holds the lease")
        };
        if let RecordKind::Lease = kind {
            return;
        }
        let token = Token::new(TOKEN).with_expires_in(Duration::from_secs(3600));
        leased_record
            .save(&lease, &token)
            .await
            .expect("the memory store does not fail");
        if let RecordKind::Rejected = kind {
            let stored = leased_record.load().await.expect("the memory store does not fail");
            let stored = stored.expect("it was just saved");
            leased_record
                .reject(stored.generation)
                .await
                .expect("the memory store does not fail");
        }
    }

    /// Removes the record from the store and returns it.
    async fn remove(&self) -> String {
        let store = self.unsealed();
        let record = store
            .load(&self.key)
            .await
            .expect("the memory store does not fail")
            .record;
        let text = record.as_ref().map(|record| record.expose().to_owned());
        let swap = Swap::new(record, None, Duration::ZERO);
        store
            .swap(&self.key, swap)
            .await
            .expect("the memory store does not fail");
        text.unwrap_or_default()
    }

    async fn put(&self, text: String) {
        let swap = Swap::new(None, Some(Secret::from(text)), Duration::from_secs(24 * 3600));
        self.unsealed()
            .swap(&self.key, swap)
            .await
            .expect("the memory store does not fail");
    }

    /// The store without encryption.
    fn unsealed(&self) -> SharedStore {
        SharedStore::new(self.memory.clone())
    }

    /// Reads the record like a tool.
    async fn inspect(&self, sealed: bool) {
        let leased_record = self.leased_record();
        match leased_record.load().await {
            Ok(Some(stored)) if sealed => assert_eq!(stored.token.access_token().expose(), TOKEN),
            Ok(_) => {}
            Err(error) => assert_presentable(&error),
        }
        match leased_record.summary().await {
            Ok(summary) => assert!(!format!("{summary:?}").contains(TOKEN)),
            Err(error) => assert_presentable(&error),
        }
    }

    /// Fetches a token like a manager: no call waits longer than its limit, and a token is available in the end.
    async fn fetch(&self) {
        let tokens = client("not-a-real-secret", &self.clock).store(self.store.clone());
        let tokens = tokens.build(ScriptedTransport::healthy()).expect("valid settings");
        assert_eq!(tokens.store_key(), Some(&self.key));
        let mut waited = Duration::ZERO;
        loop {
            let call = tokens.clone();
            let outcome = within(&self.clock, CALL_LIMIT, async move { call.token().await }).await;
            let Err(error) = outcome else { return };
            assert_presentable(&error);
            assert!(waited < MAX_WAIT, "no token after {waited:?}: {error}");
            let pause = Duration::from_secs(5 * 60);
            self.clock.advance(pause);
            waited += pause;
        }
    }
}

/// Replaces some bytes of the text. The input selects the position, the numbers of removed and added bytes, and the new
/// bytes.
fn mutate(text: &str, input: &mut Input<'_>) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..MAX_CHANGES {
        if input.is_empty() || bytes.is_empty() {
            break;
        }
        let at = usize::from(u16::from_be_bytes([input.byte(), input.byte()])) % bytes.len();
        let removed = usize::from(input.byte()).min(bytes.len() - at);
        let added = usize::from(input.byte());
        bytes.splice(at..at + removed, input.take(added).iter().copied());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
