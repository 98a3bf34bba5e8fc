//! Servers, client and counters of the demonstration.

use std::time::Duration;

use evergrant::FailureBackoff;
use evergrant::{ClientCredentials, TokenManager};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::{ApiServer, AuthServer};

use super::callers::Caller;
use super::counters::Counters;
use super::counting_transport::CountingTransport;
use super::event_counts::EventCounter;

/// Lifetime of a token. An hour is typical, but too long for a demonstration.
pub(super) const LIFETIME: Duration = Duration::from_secs(4);

/// Fraction of the lifetime after which a token is renewed: early, so that an outage fits between renewal and expiry.
pub(super) const RENEW_AFTER: f64 = 0.4;

const CLIENT: &str = "demo";
const SECRET: &str = "not-a-real-secret";

pub(super) struct Setup {
    pub(super) auth: AuthServer,
    pub(super) caller: Caller,
    pub(super) events: EventCounter,
    api: ApiServer,
}

impl Setup {
    pub(super) fn start(events: EventCounter) -> Result<Self, Box<dyn std::error::Error>> {
        let auth = AuthServer::builder().client(CLIENT, SECRET).lifetime(LIFETIME).start();
        let api = auth.api();
        let counters = Counters::default();
        let tokens = ClientCredentials::builder(CLIENT, SECRET)
            .token_url(auth.token_url())
            .scopes(["books.read"])
            .renew_after(RENEW_AFTER)
            .retries(0)
            .failure_backoff(
                FailureBackoff::new()
                    .first(Duration::from_millis(200))
                    .max(Duration::from_millis(400))
                    .max_without_token(Duration::from_millis(200)),
            )
            .build(CountingTransport::new(Transport::default(), counters.clone()))?;
        let client = Client::builder(tokens.clone()).base_url(api.url("/v1/")).build()?;
        let caller = Caller {
            tokens,
            client,
            counters,
        };
        Ok(Self {
            auth,
            caller,
            events,
            api,
        })
    }

    pub(super) fn tokens(&self) -> &TokenManager {
        &self.caller.tokens
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.caller.counters
    }

    pub(super) fn token_url(&self) -> String {
        self.auth.token_url()
    }

    pub(super) fn api_url(&self) -> String {
        self.api.url("/v1/")
    }
}
