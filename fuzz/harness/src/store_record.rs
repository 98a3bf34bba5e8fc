//! A record in a store, as somebody else may have left it.

use std::time::Duration;

use evergrant::Secret;
use evergrant::Token;
use evergrant::store::{LeaseOutcome, Ledger, MemoryStore, SharedStore, StoreKey, Swap};
use evergrant_store::KeyRing;
use evergrant_testing::ManualClock;
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::errors::assert_presentable;
use crate::input::Input;
use crate::managers::{CLIENT_ID, Scripted, TOKEN_URL, block_on, client, within};
use crate::sealed_text::KEYS;

/// What the library itself wrote, before it is changed.
#[derive(Debug, Clone, Copy)]
enum Written {
    Token,
    Rejected,
    Lease,
    Failure,
}

/// How long a record can keep a manager from its token: as long as a server could, and as much again.
const LONGEST: Duration = Duration::from_secs(2 * 3600);
/// A call gives up after 5 s; in tenths of a second, with some to spare.
const CALL: u32 = 100;
/// How many changes are made.
const MOST_CHANGES: usize = 8;
const TOKEN: &str = "not-a-real-stored-token-0123456789";

/// Whatever a record says, it is no panic and no endless wait; and one that is sealed gives the token that was sealed, or none.
///
/// The record is the input, with `@key` for its key, or one of the library's own with some bytes replaced.
pub fn store_record(data: &[u8]) {
    let mut input = Input::new(data);
    let sealed = input.choice(&[false, true]);
    let written = input.choice(&[None, Some(Written::Token), Some(Written::Rejected), Some(Written::Lease), Some(Written::Failure)]);
    block_on(async {
        let clock = ManualClock::new();
        let scene = Scene::new(&clock, sealed);
        let text = match written {
            None => input.text().replace("@key", &scene.key.to_string()),
            Some(written) => {
                scene.write(written).await;
                spliced(&scene.take().await, &mut input)
            }
        };
        scene.put(text).await;
        scene.look(sealed).await;
        scene.fetch().await;
    });
}

struct Scene {
    clock: ManualClock,
    memory: MemoryStore,
    store: SharedStore,
    key: StoreKey,
}

impl Scene {
    fn new(clock: &ManualClock, sealed: bool) -> Self {
        let memory = MemoryStore::with_runtime(clock.clone());
        let mut store = SharedStore::new(memory.clone());
        if sealed {
            store = store.sealed(KeyRing::parse(KEYS).expect("keys"));
        }
        Self {
            clock: clock.clone(),
            memory,
            store,
            key: StoreKey::builder(TOKEN_URL, CLIENT_ID).scopes(["books.read"]).build(),
        }
    }

    fn ledger(&self) -> Ledger {
        Ledger::new(self.store.clone(), self.key.clone()).with_runtime(self.clock.clone())
    }

    async fn write(&self, written: Written) {
        if let Written::Failure = written {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", HeaderValue::from_static("30"));
            let transport = Scripted::new(StatusCode::SERVICE_UNAVAILABLE, headers, "");
            let tokens = client("not-a-real-secret", &self.clock).store(self.store.clone());
            let tokens = tokens.build(transport).expect("settings that work");
            assert!(within(&self.clock, CALL, async move { tokens.token().await }).await.is_err());
            return;
        }
        let ledger = self.ledger();
        let lease = ledger.acquire(Duration::from_secs(3)).await.expect("the store is in memory");
        let LeaseOutcome::Acquired(lease) = lease else {
            panic!("nobody else has the lease")
        };
        if let Written::Lease = written {
            return;
        }
        let token = Token::new(TOKEN).with_expires_in(Duration::from_secs(3600));
        ledger.save(&lease, &token).await.expect("the store is in memory");
        if let Written::Rejected = written {
            let stored = ledger.load().await.expect("the store is in memory");
            let stored = stored.expect("it was just saved");
            ledger.reject(stored.generation).await.expect("the store is in memory");
        }
    }

    /// Takes the record out of the store.
    async fn take(&self) -> String {
        let store = self.unsealed();
        let record = store.load(&self.key).await.expect("the store is in memory").record;
        let text = record.as_ref().map(|record| record.expose().to_owned());
        let swap = Swap::new(record, None, Duration::ZERO);
        store.swap(&self.key, swap).await.expect("the store is in memory");
        text.unwrap_or_default()
    }

    async fn put(&self, text: String) {
        let swap = Swap::new(None, Some(Secret::from(text)), Duration::from_secs(24 * 3600));
        self.unsealed().swap(&self.key, swap).await.expect("the store is in memory");
    }

    /// The store without encryption.
    fn unsealed(&self) -> SharedStore {
        SharedStore::new(self.memory.clone())
    }

    /// What tools see.
    async fn look(&self, sealed: bool) {
        let ledger = self.ledger();
        match ledger.load().await {
            Ok(Some(stored)) if sealed => assert_eq!(stored.token.access_token().expose(), TOKEN),
            Ok(_) => {}
            Err(error) => assert_presentable(&error),
        }
        match ledger.summary().await {
            Ok(summary) => assert!(!format!("{summary:?}").contains(TOKEN)),
            Err(error) => assert_presentable(&error),
        }
    }

    /// What a manager does: no call waits for longer than it may, and in the end there is a token.
    async fn fetch(&self) {
        let tokens = client("not-a-real-secret", &self.clock).store(self.store.clone());
        let tokens = tokens.build(Scripted::healthy()).expect("settings that work");
        assert_eq!(tokens.store_key(), Some(&self.key));
        let mut waited = Duration::ZERO;
        loop {
            let call = tokens.clone();
            let outcome = within(&self.clock, CALL, async move { call.token().await }).await;
            let Err(error) = outcome else { return };
            assert_presentable(&error);
            assert!(waited < LONGEST, "no token after {waited:?}: {error}");
            let pause = Duration::from_secs(5 * 60);
            self.clock.advance(pause);
            waited += pause;
        }
    }
}

/// The text with some of its bytes replaced: where, how many, by how many, by which.
fn spliced(text: &str, input: &mut Input<'_>) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..MOST_CHANGES {
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
