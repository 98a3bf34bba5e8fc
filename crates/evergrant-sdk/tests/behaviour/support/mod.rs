//! A description with every kind of scheme, and servers for its calls.

pub(crate) mod api;
pub(crate) mod call;
pub(crate) mod server;

use std::time::Duration;

use evergrant_sdk::{AuthorizationCode, ClientCredentials, Core, OAuthCredentials, Password, Settings};
use evergrant_testing::{ApiServer, AuthServer};

pub(crate) type ServiceCredentials = OAuthCredentials<ClientCredentials>;
pub(crate) type PasswordCredentials = OAuthCredentials<Password>;
pub(crate) type UserCredentials = OAuthCredentials<AuthorizationCode>;

pub(crate) const SECRET: &str = "not-a-real-secret";

/// An authorization server with one client, and an API that accepts its tokens.
pub(crate) struct Fixture {
    pub(crate) auth: AuthServer,
    pub(crate) api: ApiServer,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let auth = AuthServer::builder()
            .client("shop", SECRET)
            .user("jane", "not-a-real-password")
            .redirect_uri("shop", "http://127.0.0.1/callback")
            .start();
        let api = auth.api();
        Self { auth, api }
    }

    /// Returns settings for these servers, without credentials.
    pub(crate) fn settings(&self) -> Settings {
        let mut settings = Settings::new(&api::API);
        settings.server(0, self.api.url("/v1"));
        settings.server(1, self.auth.url(""));
        settings.timeout(Duration::from_secs(20));
        settings
    }

    /// Builds a client with credentials for the client credentials scheme.
    pub(crate) fn core(&self) -> Core {
        self.core_with(|_| {})
    }

    pub(crate) fn core_with(&self, change: impl FnOnce(&mut Settings)) -> Core {
        let mut settings = self.settings();
        settings.oauth(api::CCG, credentials());
        change(&mut settings);
        settings.build().expect("a client")
    }
}

pub(crate) fn credentials() -> ServiceCredentials {
    ServiceCredentials::new("shop", SECRET).configure(|tokens| tokens.retries(0))
}

/// Derives a client with changed settings, as generated clients do.
pub(crate) fn with(core: &Core, change: impl FnOnce(&mut Settings)) -> Core {
    let mut settings = core.settings();
    change(&mut settings);
    settings.build().expect("a client")
}
