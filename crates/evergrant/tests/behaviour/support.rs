//! A server, a clock that stands still, and a manager between them.

use std::time::Duration;

use evergrant::{ClientCredentials, TokenManager, TokenManagerBuilder};
use evergrant_reqwest::Transport;
use evergrant_testing::{AuthServer, AuthServerBuilder, ManualClock};

pub(crate) const CLIENT: &str = "bookshop";
pub(crate) const SECRET: &str = "not+a/real:secret";

pub(crate) struct World {
    pub(crate) auth: AuthServer,
    pub(crate) clock: ManualClock,
    transport: Transport,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|server| server)
    }

    pub(crate) fn with(configure: impl FnOnce(AuthServerBuilder) -> AuthServerBuilder) -> Self {
        let clock = ManualClock::new();
        let auth = configure(AuthServer::builder().client(CLIENT, SECRET).clock(&clock)).start();
        let transport = Transport::default();
        Self { auth, clock, transport }
    }

    /// Retries are off, so that what a test counts is what its callers caused.
    pub(crate) fn builder(&self) -> TokenManagerBuilder {
        self.configured(ClientCredentials::new(CLIENT, SECRET))
    }

    pub(crate) fn configured(&self, builder: TokenManagerBuilder) -> TokenManagerBuilder {
        builder
            .token_url(self.auth.token_url())
            .runtime(self.clock.clone())
            .retries(0)
    }

    pub(crate) fn tokens(&self) -> TokenManager {
        self.builder().build(self.transport.clone()).unwrap()
    }

    pub(crate) fn requests(&self) -> usize {
        self.auth.token_requests()
    }

    /// Real time for background work to come to rest, bounded; waits for a condition, not for a duration.
    pub(crate) async fn until(&self, mut condition: impl FnMut() -> bool) {
        for _ in 0..2000 {
            if condition() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it did not come to that within ten seconds");
    }
}

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Starts `count` callers at once and gives what each of them got.
pub(crate) async fn crowd<T: Send + 'static, F>(count: usize, call: impl Fn() -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
{
    let callers: Vec<_> = (0..count).map(|_| tokio::spawn(call())).collect();
    let mut outcomes = Vec::with_capacity(count);
    for caller in callers {
        outcomes.push(caller.await.unwrap());
    }
    outcomes
}
