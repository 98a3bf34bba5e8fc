//! An API of every kind of scheme, and servers to call it on.

#![expect(dead_code, unreachable_pub, reason = "each test program uses what it needs")]

pub mod api;
pub mod server;

use std::time::Duration;

use evergrant_sdk::{Core, OAuthCredentials, Settings};
use evergrant_testing::{ApiServer, AuthServer};

pub const SECRET: &str = "not-a-real-secret";

/// An authorization server with one client, and the API that takes its tokens.
pub struct World {
    pub auth: AuthServer,
    pub api: ApiServer,
}

impl World {
    pub fn new() -> Self {
        let auth = AuthServer::builder()
            .client("shop", SECRET)
            .user("jane", "not-a-real-password")
            .redirect_uri("shop", "http://127.0.0.1/callback")
            .start();
        let api = auth.api();
        Self { auth, api }
    }

    /// Settings that lead here, without credentials.
    pub fn settings(&self) -> Settings {
        let mut settings = Settings::new(&api::API);
        settings.server(0, self.api.url("/v1"));
        settings.server(1, self.auth.url(""));
        settings.timeout(Duration::from_secs(20));
        settings
    }

    /// With the client credentials scheme configured.
    pub fn core(&self) -> Core {
        self.core_with(|_| {})
    }

    pub fn core_with(&self, change: impl FnOnce(&mut Settings)) -> Core {
        let mut settings = self.settings();
        settings.oauth(api::CCG, credentials());
        change(&mut settings);
        settings.build().expect("a client")
    }
}

pub fn credentials() -> OAuthCredentials {
    OAuthCredentials::client_credentials("shop", SECRET).configure(|tokens| tokens.retries(0))
}

/// Another client with other settings, as generated ones make it.
pub fn with(core: &Core, change: impl FnOnce(&mut Settings)) -> Core {
    let mut settings = core.settings();
    change(&mut settings);
    settings.build().expect("a client")
}
