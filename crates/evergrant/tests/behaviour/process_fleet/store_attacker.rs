//! An attacker who can write to the store without keys, and processes whose server responds immediately, so that only
//! the manual clock determines durations.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use evergrant::Sharing;
use evergrant::error::TransportError;
use evergrant::store::{SharedStore, StoreKey, Swap, SwapOutcome};
use evergrant::{ClientCredentials, SharedTransport, TokenManager, Transport};
use evergrant_testing::ManualClock;
use serde_json::{Value, json};

use super::support::{CLIENT, FaultyStore, Fixture, SECRET, seconds};
use super::toy_encryption::Keys;

/// The greatest integer that every JSON parser represents exactly.
pub(crate) const LARGEST: u64 = (1 << 53) - 1;

pub(crate) struct Writer {
    store: SharedStore,
    key: StoreKey,
    clock: ManualClock,
    engine: FaultyStore,
    url: String,
    server: Server,
}

/// Responds to each request with a new token.
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
    pub(crate) fn new(fixture: &Fixture) -> Self {
        Self {
            store: SharedStore::new(fixture.store.clone()),
            key: fixture.process().store_key().unwrap().clone(),
            clock: fixture.clock.clone(),
            engine: fixture.store.clone(),
            url: fixture.auth.token_url(),
            server: Server::default(),
        }
    }

    /// Creates a process that shares the record, with encryption if keys are provided.
    pub(crate) fn process(&self, keys: Option<&Keys>) -> TokenManager {
        self.process_on(Keys::protect(keys, self.engine.clone()))
    }

    pub(crate) fn process_on(&self, store: impl Into<SharedStore>) -> TokenManager {
        ClientCredentials::builder(CLIENT, SECRET)
            .token_url(&self.url)
            .runtime(self.clock.clone())
            .retries(0)
            .store(Sharing::new(store))
            .build(SharedTransport::new(self.server.clone()))
            .unwrap()
    }

    /// Returns the number of token requests of these processes.
    pub(crate) fn requests(&self) -> usize {
        self.server.0.load(Ordering::SeqCst)
    }

    /// Returns the time in milliseconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        let now = self.clock.wall().duration_since(UNIX_EPOCH).unwrap();
        u64::try_from(now.as_millis()).unwrap()
    }

    /// Returns a minimal record with this member.
    pub(crate) fn record(&self, name: &str, value: Value) -> String {
        let mut record = json!({ "evergrant": 1, "key": self.key.to_string() });
        record[name] = value;
        record.to_string()
    }

    pub(crate) async fn text(&self) -> String {
        let record = self.store.load(&self.key).await.unwrap().record;
        record.expect("the record exists").expose().to_owned()
    }

    /// Replaces the record and notifies all listeners.
    pub(crate) async fn put(&self, text: &str) {
        self.replace(Some(text)).await;
    }

    pub(crate) async fn remove(&self) {
        self.replace(None).await;
    }

    async fn replace(&self, text: Option<&str>) {
        let expected = self.store.load(&self.key).await.unwrap().record;
        let swap = Swap::new(expected, text.map(Into::into), seconds(1_000_000)).with_notification();
        assert_eq!(self.store.swap(&self.key, swap).await.unwrap(), SwapOutcome::Done);
    }

    /// Requests a token repeatedly until it succeeds, and returns how long this took.
    pub(crate) async fn time_until_fetched(&self, process: &TokenManager) -> Duration {
        self.measure(process, None).await
    }

    /// Same as [`time_until_fetched`](Self::time_until_fetched), while the record is replaced continuously.
    pub(crate) async fn time_until_fetched_while(
        &self,
        process: &TokenManager,
        record: impl Fn(&Self) -> String,
    ) -> Duration {
        self.measure(process, Some(&record)).await
    }

    async fn measure(&self, process: &TokenManager, record: Option<&dyn Fn(&Self) -> String>) -> Duration {
        let mut passed = Duration::ZERO;
        let mut call = tokio::spawn(token(process.clone()));
        loop {
            if let Some(record) = record {
                self.put(&record(self)).await;
            }
            self.clock.settle().await;
            if call.is_finished() {
                if call.await.unwrap() {
                    return passed;
                }
                call = tokio::spawn(token(process.clone()));
            }
            // Long waits are measured in larger steps.
            let step = match passed < seconds(30) {
                true => Duration::from_millis(100),
                false => seconds(10),
            };
            self.clock.advance(step);
            passed += step;
            assert!(passed < seconds(3 * 3600), "no token after {passed:?}");
        }
    }
}

async fn token(process: TokenManager) -> bool {
    process.token().await.is_ok()
}
