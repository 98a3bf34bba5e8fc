//! An authorization server and a manual clock, for the tests of this crate.

use std::time::Duration;

use evergrant::client_auth::SharedClientAuth;
use evergrant::{ClientCredentials, Grant, TokenManager, TokenManagerBuilder};
use evergrant_testing::{AuthServer, ManualClock, MockResponse};

/// The registered client.
pub const CLIENT: &str = "bookshop";
/// Its secret.
pub const SECRET: &str = "not-a-real-secret";

/// A server and a clock.
pub struct Fixture {
    /// The authorization server.
    pub auth: AuthServer,
    /// The clock of the server and the managers.
    pub clock: ManualClock,
}

impl Fixture {
    /// Starts the server.
    #[must_use]
    pub fn start() -> Self {
        let clock = ManualClock::new();
        let auth = AuthServer::builder().client(CLIENT, SECRET).clock(&clock).start();
        Self { auth, clock }
    }

    /// Returns a builder for the client credentials grant.
    pub fn client_credentials(&self, auth: impl Into<SharedClientAuth>) -> TokenManagerBuilder {
        self.configured(ClientCredentials::builder(CLIENT, auth))
    }

    /// Returns a builder for any grant.
    pub fn grant<G: Grant>(&self, grant: G) -> TokenManagerBuilder<G> {
        self.configured(TokenManager::builder(grant, CLIENT, SECRET))
    }

    fn configured<G: Grant>(&self, builder: TokenManagerBuilder<G>) -> TokenManagerBuilder<G> {
        builder
            .token_url(self.auth.token_url())
            .runtime(self.clock.clone())
            .retries(0)
    }

    /// Waits until a condition holds.
    pub async fn until(&self, mut condition: impl FnMut() -> bool) {
        for _ in 0..2000 {
            if condition() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the condition did not hold within 10 s");
    }
}

/// Returns a token response with further members.
#[must_use]
pub fn token(name: &str, more: &str) -> MockResponse {
    MockResponse::new(200).json(&format!(
        r#"{{"access_token":"{name}","token_type":"Bearer","expires_in":3600{more}}}"#
    ))
}

/// Returns an error response (RFC 6749 section 5.2).
#[must_use]
pub fn error(code: &str) -> MockResponse {
    MockResponse::new(400).json(&format!(r#"{{"error":"{code}"}}"#))
}
