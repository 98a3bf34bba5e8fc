//! An authorization server, an API, an API at another origin, and a client.

use evergrant::{Authorizer, ClientCredentials, TokenManager, TokenManagerBuilder};
use evergrant_reqwest::Transport;
use evergrant_testing::{ApiServer, AuthServer};

use crate::test_client::{Call, CallResponse, Failure, Setup, TestClient};

/// The servers of one case.
#[derive(Debug)]
pub struct Fixture {
    pub auth: AuthServer,
    pub api: ApiServer,
    /// An API at another origin, which accepts every request.
    pub elsewhere: ApiServer,
}

impl Fixture {
    #[must_use]
    pub fn new() -> Self {
        let auth = AuthServer::builder().client("client", "not-a-real-secret").start();
        let api = auth.api();
        let elsewhere = ApiServer::unprotected();
        Self { auth, api, elsewhere }
    }

    pub fn builder(&self) -> TokenManagerBuilder {
        ClientCredentials::builder("client", "not-a-real-secret")
            .token_url(self.auth.token_url())
            .retries(0)
    }

    /// # Panics
    /// If the manager cannot be built.
    #[must_use]
    pub fn tokens(&self) -> TokenManager {
        self.builder().build(Transport::default()).expect("a manager")
    }

    #[must_use]
    pub fn setup(&self) -> Setup {
        Setup {
            base_url: self.api.url("/"),
            allowed_origin: None,
            rejection_status: None,
            kept_status: None,
            kept_body: None,
        }
    }

    /// Builds a client with this authorizer.
    pub fn client<S: TestClient>(&self, authorizer: impl Into<Authorizer>) -> S {
        S::build(authorizer.into(), &self.setup())
    }
}

impl Default for Fixture {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns the status of a call that must succeed.
///
/// # Panics
/// If the call fails.
#[track_caller]
pub(crate) fn status(outcome: Result<CallResponse, Failure>) -> u16 {
    match outcome {
        Ok(response) => response.status,
        Err(failure) => panic!("{}", failure.text),
    }
}

/// Sends the same call several times concurrently.
pub(crate) async fn send_concurrently<S: TestClient>(count: usize, client: &S, call: &Call) -> Vec<u16> {
    let calls = (0..count).map(|_| {
        let (client, call) = (client.clone(), call.clone());
        tokio::spawn(async move { client.call(call).await })
    });
    let calls: Vec<_> = calls.collect();
    let mut statuses = Vec::with_capacity(count);
    for call in calls {
        statuses.push(status(call.await.expect("no panic")));
    }
    statuses
}
