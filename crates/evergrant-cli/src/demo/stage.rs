//! Servers, client and counters of the demonstration, set up and ready to be called.

use std::time::Duration;

use evergrant::{ClientCredentials, TokenManager};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::{ApiServer, AuthServer};

use super::callers::Caller;
use super::journal::Journal;
use super::tally::Tally;
use super::transport::Counted;

/// How long a token lives; an hour is usual, and nobody would wait for that here.
pub(super) const LIFETIME: Duration = Duration::from_secs(4);

/// The share of it after which a token is renewed: early, so that an outage fits between renewal and expiry.
pub(super) const RENEW_AFTER: f64 = 0.4;

const CLIENT: &str = "demo";
const SECRET: &str = "not-a-real-secret";

pub(super) struct Stage {
    pub(super) auth: AuthServer,
    pub(super) caller: Caller,
    pub(super) journal: Journal,
    api: ApiServer,
}

impl Stage {
    pub(super) fn set_up(journal: Journal) -> Result<Self, Box<dyn std::error::Error>> {
        let auth = AuthServer::builder().client(CLIENT, SECRET).lifetime(LIFETIME).start();
        let api = auth.api();
        let tally = Tally::default();
        let tokens = ClientCredentials::new(CLIENT, SECRET)
            .token_url(auth.token_url())
            .scopes(["books.read"])
            .renew_after(RENEW_AFTER)
            .retries(0)
            .quiet_window(
                Duration::from_millis(200),
                Duration::from_millis(400),
                Duration::from_millis(200),
            )
            .build(Counted::new(Transport::default(), tally.clone()))?;
        let client = Client::builder(tokens.clone()).base_url(api.url("/v1/")).build()?;
        let caller = Caller { tokens, client, tally };
        Ok(Self {
            auth,
            caller,
            journal,
            api,
        })
    }

    pub(super) fn tokens(&self) -> &TokenManager {
        &self.caller.tokens
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.caller.tally
    }

    pub(super) fn token_url(&self) -> String {
        self.auth.token_url()
    }

    pub(super) fn api_url(&self) -> String {
        self.api.url("/v1/")
    }
}
