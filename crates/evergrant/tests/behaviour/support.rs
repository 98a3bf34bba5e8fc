//! The fixture: a test server, a manual clock and managers.

use std::time::Duration;

use evergrant::{ClientCredentials, Grant, Token, TokenManager, TokenManagerBuilder};
use evergrant_reqwest::Transport;
use evergrant_testing::{AuthServer, AuthServerBuilder, ManualClock};

pub(crate) const CLIENT: &str = "bookshop";
pub(crate) const SECRET: &str = "not+a/real:secret";

pub(crate) struct Fixture {
    pub(crate) auth: AuthServer,
    pub(crate) clock: ManualClock,
    transport: Transport,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with(|server| server)
    }

    pub(crate) fn with(configure: impl FnOnce(AuthServerBuilder) -> AuthServerBuilder) -> Self {
        let clock = ManualClock::new();
        let auth = configure(AuthServer::builder().client(CLIENT, SECRET).clock(&clock)).start();
        let transport = Transport::default();
        Self { auth, clock, transport }
    }

    /// Returns a builder without retries, so that each fetch sends one request.
    pub(crate) fn builder(&self) -> TokenManagerBuilder {
        self.configured(ClientCredentials::builder(CLIENT, SECRET))
    }

    pub(crate) fn configured<G: Grant>(&self, builder: TokenManagerBuilder<G>) -> TokenManagerBuilder<G> {
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

    /// Waits in real time until the condition holds, at most ten seconds.
    pub(crate) async fn wait_until(&self, mut condition: impl FnMut() -> bool) {
        for _ in 0..2000 {
            if condition() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the condition does not hold after ten seconds");
    }
}

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn value(token: &Token) -> String {
    token.access_token().expose().to_owned()
}

/// Runs `count` calls concurrently and returns their outcomes.
pub(crate) async fn call_concurrently<T: Send + 'static, F>(count: usize, call: impl Fn() -> F) -> Vec<T>
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
