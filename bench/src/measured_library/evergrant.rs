//! evergrant with its defaults.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context as _, Result};
use evergrant::client_auth::SharedClientAuth;
use evergrant::runtime::{BlockingTask, BoxFuture, Runtime, SpawnError, Timestamp, TokioRuntime};
use evergrant::{ClientCredentials, Generation, TokenManager};
use evergrant_jose::{Algorithm, AssertionOptions, Audience, PrivateKey, PrivateKeyJwt};
use evergrant_reqwest::{Client, Transport};
use http::HeaderMap;
use url::Url;

use super::{ApiCalls, CLIENT_ID, CLIENT_SECRET, Setup, StaleToken, Subject};
use crate::scenario_names::Scenario;

#[derive(Clone)]
pub struct Evergrant {
    tokens: TokenManager,
    clock: Option<AdjustableRuntime>,
}

impl Subject for Evergrant {
    const NAME: &'static str = "evergrant";
    const VERSION: &'static str = "0.1.0";

    type TokenId = Generation;

    async fn new(setup: &Setup) -> Result<Self> {
        Self::with_auth(setup, CLIENT_SECRET)
    }

    async fn authorize(&self, headers: &mut HeaderMap) -> Result<Generation> {
        match self.tokens.authorize_now(headers) {
            Some(generation) => Ok(generation),
            None => Ok(self.tokens.authorize(headers).await?),
        }
    }

    async fn report_rejection(&self, generation: &Generation) -> Result<()> {
        self.tokens.reject(*generation);
        Ok(())
    }

    fn stale_token() -> StaleToken {
        StaleToken::Aged {
            lifetime: Duration::from_secs(3600),
            age: Duration::from_secs(3600 - 240),
        }
    }

    fn advance_time(&self, by: Duration) {
        if let Some(clock) = &self.clock {
            clock.advance(by);
        }
    }
}

impl Evergrant {
    fn with_auth(setup: &Setup, auth: impl Into<SharedClientAuth>) -> Result<Self> {
        let mut builder = ClientCredentials::builder(CLIENT_ID, auth).token_url(setup.token_url.as_str());
        if setup.retries_disabled() {
            builder = builder.retries(0);
        }
        // The system clock, except where an hour has to pass.
        let ages_token = matches!(setup.scenario, Some(Scenario::T3 | Scenario::T4 | Scenario::T8));
        let clock = ages_token.then(AdjustableRuntime::default);
        if let Some(clock) = clock.clone() {
            builder = builder.runtime(clock);
        }
        Ok(Self {
            tokens: builder.build(Transport::default())?,
            clock,
        })
    }

    pub(crate) fn tokens(&self) -> TokenManager {
        self.tokens.clone()
    }
}

impl ApiCalls for Evergrant {
    type Client = Client;

    async fn client(&self, books: &Url) -> Result<Client> {
        let base = books.join(".")?;
        Ok(Client::builder(self.tokens()).base_url(base).build()?)
    }

    async fn call(client: &Client) -> Result<()> {
        client.get("books").send().await?.bytes().await?;
        Ok(())
    }
}

/// Tokio's tasks and timers, with clocks that can be advanced.
#[derive(Debug, Clone, Default)]
struct AdjustableRuntime {
    tokio: TokioRuntime,
    offset_ms: Arc<AtomicU64>,
}

impl AdjustableRuntime {
    fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.offset_ms.fetch_add(by, Ordering::SeqCst);
    }
}

impl Runtime for AdjustableRuntime {
    fn now(&self) -> Timestamp {
        let offset = Duration::from_millis(self.offset_ms.load(Ordering::SeqCst));
        self.tokio.now().plus(offset)
    }

    async fn sleep(&self, duration: Duration) {
        self.tokio.sleep(duration).await;
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.tokio.spawn(task)
    }

    fn spawn_blocking(&self, task: BlockingTask) -> Result<(), SpawnError> {
        self.tokio.spawn_blocking(task)
    }
}

/// evergrant with a key in place of a secret: `private_key_jwt` with ES256.
#[derive(Clone)]
pub struct EvergrantWithKey(Evergrant);

impl Subject for EvergrantWithKey {
    const NAME: &'static str = "evergrant, private_key_jwt";
    const VERSION: &'static str = Evergrant::VERSION;

    type TokenId = Generation;

    async fn new(setup: &Setup) -> Result<Self> {
        static KEY: OnceLock<Option<PrivateKey>> = OnceLock::new();
        let key = KEY.get_or_init(|| PrivateKey::generate(Algorithm::Es256).ok());
        let key = key.clone().context("no key can be generated")?;
        let options = AssertionOptions::new().audience(Audience::TokenEndpoint);
        Evergrant::with_auth(setup, PrivateKeyJwt::new(key).options(options)).map(Self)
    }

    async fn authorize(&self, headers: &mut HeaderMap) -> Result<Generation> {
        self.0.authorize(headers).await
    }

    async fn report_rejection(&self, generation: &Generation) -> Result<()> {
        self.0.report_rejection(generation).await
    }

    fn stale_token() -> StaleToken {
        Evergrant::stale_token()
    }

    fn advance_time(&self, by: Duration) {
        self.0.advance_time(by);
    }
}
