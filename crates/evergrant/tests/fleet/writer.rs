//! Somebody who can write to the store, and has no keys; and processes whose server answers at once, so that the manual clock
//! alone says how long they take.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use evergrant::error::TransportError;
use evergrant::store::{SharedStore, StoreKey, Swap, SwapOutcome};
use evergrant::{ClientCredentials, SharedTransport, TokenManager, Transport};
use evergrant_testing::ManualClock;
use serde_json::{Value, json};

use crate::keys::Keys;
use crate::support::{CLIENT, Engine, SECRET, World, seconds};

/// The greatest number that every reader of JSON can hold.
pub(crate) const LARGEST: u64 = (1 << 53) - 1;

pub(crate) struct Writer {
    store: SharedStore,
    key: StoreKey,
    clock: ManualClock,
    engine: Engine,
    url: String,
    server: Server,
}

/// Gives a new token to each request.
#[derive(Debug, Clone, Default)]
struct Server(Arc<AtomicUsize>);

impl Transport for Server {
    async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        let token = json!({ "access_token": format!("token-{number}"), "token_type": "Bearer", "expires_in": 3600 });
        Ok(http::Response::new(token.to_string().into()))
    }
}

impl Writer {
    pub(crate) fn new(world: &World) -> Self {
        Self {
            store: SharedStore::new(world.store.clone()),
            key: world.member().store_key().unwrap().clone(),
            clock: world.clock.clone(),
            engine: world.store.clone(),
            url: world.auth.token_url(),
            server: Server::default(),
        }
    }

    /// A process that shares the record, with keys or without.
    pub(crate) fn process(&self, keys: Option<&Keys>) -> TokenManager {
        self.process_on(Keys::on(keys, self.engine.clone()))
    }

    pub(crate) fn process_on(&self, store: impl Into<SharedStore>) -> TokenManager {
        ClientCredentials::new(CLIENT, SECRET)
            .token_url(&self.url)
            .runtime(self.clock.clone())
            .retries(0)
            .store(store)
            .build(SharedTransport::new(self.server.clone()))
            .unwrap()
    }

    /// How many tokens these processes have asked for.
    pub(crate) fn requests(&self) -> usize {
        self.server.0.load(Ordering::SeqCst)
    }

    /// In milliseconds.
    pub(crate) fn now(&self) -> u64 {
        let now = self.clock.wall().duration_since(UNIX_EPOCH).unwrap();
        u64::try_from(now.as_millis()).unwrap()
    }

    /// A record that says this, and no more than it must besides.
    pub(crate) fn record(&self, name: &str, value: Value) -> String {
        let mut record = json!({ "evergrant": 1, "key": self.key.to_string() });
        record[name] = value;
        record.to_string()
    }

    pub(crate) async fn text(&self) -> String {
        let record = self.store.load(&self.key).await.unwrap().record;
        record.expect("there is a record").expose().to_owned()
    }

    /// Has this be the record, and everybody told.
    pub(crate) async fn put(&self, text: &str) {
        self.replace(Some(text)).await;
    }

    pub(crate) async fn remove(&self) {
        self.replace(None).await;
    }

    async fn replace(&self, text: Option<&str>) {
        let expected = self.store.load(&self.key).await.unwrap().record;
        let swap = Swap::new(expected, text.map(Into::into), seconds(1_000_000)).announced();
        assert_eq!(self.store.swap(&self.key, swap).await.unwrap(), SwapOutcome::Done);
    }

    /// How long it takes until the member has a token, asked again and again.
    pub(crate) async fn until_fetched(&self, member: &TokenManager) -> Duration {
        self.until(member, None).await
    }

    /// The same, while the record is replaced all the time.
    pub(crate) async fn until_fetched_while(
        &self,
        member: &TokenManager,
        record: impl Fn(&Self) -> String,
    ) -> Duration {
        self.until(member, Some(&record)).await
    }

    async fn until(&self, member: &TokenManager, record: Option<&dyn Fn(&Self) -> String>) -> Duration {
        let mut passed = Duration::ZERO;
        let mut asked = tokio::spawn(token(member.clone()));
        loop {
            if let Some(record) = record {
                self.put(&record(self)).await;
            }
            self.clock.settle().await;
            if asked.is_finished() {
                if asked.await.unwrap() {
                    return passed;
                }
                asked = tokio::spawn(token(member.clone()));
            }
            // What lasts longer is looked at less closely.
            let step = match passed < seconds(30) {
                true => Duration::from_millis(100),
                false => seconds(10),
            };
            self.clock.advance(step);
            passed += step;
            assert!(passed < seconds(3 * 3600), "it never fetches");
        }
    }
}

async fn token(member: TokenManager) -> bool {
    member.token().await.is_ok()
}
