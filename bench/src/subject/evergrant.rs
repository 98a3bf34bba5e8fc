//! evergrant itself, with its defaults.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use evergrant::runtime::{BlockingTask, BoxFuture, Runtime, SpawnError, Timestamp, TokioRuntime};
use evergrant::{ClientCredentials, Generation, TokenManager};
use evergrant_reqwest::Transport;
use http::HeaderMap;

use super::{CLIENT_ID, CLIENT_SECRET, Setup, Stale, Subject};
use crate::scenario::Scenario;

#[derive(Clone)]
pub struct Evergrant {
    tokens: TokenManager,
    clock: Option<MovableClock>,
}

impl Subject for Evergrant {
    const NAME: &'static str = "evergrant";
    const VERSION: &'static str = "0.1.0";

    type Receipt = Generation;

    async fn new(setup: &Setup) -> Result<Self> {
        let mut builder = ClientCredentials::new(CLIENT_ID, CLIENT_SECRET).token_url(setup.token_url.as_str());
        if setup.retries_off() {
            builder = builder.retries(0);
        }
        // The clock of the system, but where an hour has to pass.
        let ages = matches!(setup.scenario, Some(Scenario::T3 | Scenario::T4 | Scenario::T8));
        let clock = ages.then(MovableClock::default);
        if let Some(clock) = clock.clone() {
            builder = builder.runtime(clock);
        }
        Ok(Self {
            tokens: builder.build(Transport::default())?,
            clock,
        })
    }

    async fn authorize(&self, headers: &mut HeaderMap) -> Result<Generation> {
        match self.tokens.authorize_now(headers) {
            Some(generation) => Ok(generation),
            None => Ok(self.tokens.authorize(headers).await?),
        }
    }

    async fn rejected(&self, generation: &Generation) -> Result<()> {
        self.tokens.reject(*generation);
        Ok(())
    }

    fn stale() -> Stale {
        Stale::Aged {
            lifetime: Duration::from_secs(3600),
            age: Duration::from_secs(3600 - 240),
        }
    }

    fn age(&self, by: Duration) {
        if let Some(clock) = &self.clock {
            clock.advance(by);
        }
    }
}

/// Tokio's tasks and timers, with clocks that can be moved forward.
#[derive(Debug, Clone, Default)]
struct MovableClock {
    tokio: TokioRuntime,
    ahead_ms: Arc<AtomicU64>,
}

impl MovableClock {
    fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.ahead_ms.fetch_add(by, Ordering::SeqCst);
    }
}

impl Runtime for MovableClock {
    fn now(&self) -> Timestamp {
        let ahead = Duration::from_millis(self.ahead_ms.load(Ordering::SeqCst));
        self.tokio.now().plus(ahead)
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
