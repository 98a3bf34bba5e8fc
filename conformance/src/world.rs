//! An authorization server, an API, another origin, and a subject between them.

use evergrant::{Authorizer, ClientCredentials, TokenManager, TokenManagerBuilder};
use evergrant_reqwest::Transport;
use evergrant_testing::{ApiServer, AuthServer};

use crate::subject::{Answer, Call, Failure, Setup, Subject};

/// Servers of its own for each case.
#[derive(Debug)]
pub struct World {
    pub auth: AuthServer,
    pub api: ApiServer,
    /// An API elsewhere, which lets everybody in.
    pub elsewhere: ApiServer,
}

impl World {
    #[must_use]
    pub fn new() -> Self {
        let auth = AuthServer::builder().client("client", "not-a-real-secret").start();
        let api = auth.api();
        let elsewhere = ApiServer::open();
        Self { auth, api, elsewhere }
    }

    pub fn builder(&self) -> TokenManagerBuilder {
        ClientCredentials::new("client", "not-a-real-secret")
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
            allowed: None,
            refusal: None,
        }
    }

    /// A subject that authorizes with this.
    pub fn subject<S: Subject>(&self, authorizer: impl Into<Authorizer>) -> S {
        S::build(authorizer.into(), &self.setup())
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// The status, of a call that must come to one.
///
/// # Panics
/// If the call fails.
#[track_caller]
pub(crate) fn status(outcome: Result<Answer, Failure>) -> u16 {
    match outcome {
        Ok(answer) => answer.status,
        Err(failure) => panic!("{}", failure.text),
    }
}

/// Sends the same call several times at once.
pub(crate) async fn at_once<S: Subject>(count: usize, subject: &S, call: &Call) -> Vec<u16> {
    let calls = (0..count).map(|_| {
        let (subject, call) = (subject.clone(), call.clone());
        tokio::spawn(async move { subject.call(call).await })
    });
    let calls: Vec<_> = calls.collect();
    let mut statuses = Vec::with_capacity(count);
    for call in calls {
        statuses.push(status(call.await.expect("no panic")));
    }
    statuses
}
