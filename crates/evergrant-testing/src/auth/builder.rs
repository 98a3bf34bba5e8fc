//! Describes an authorization server: its clients, and how it hands out tokens.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::AuthServer;
use super::credentials::{BasicDecoding, Client};
use super::issued::Registry;
use crate::ManualClock;

/// What an [`AuthServer`] can be told before it starts.
#[must_use = "nothing listens until `start` is called"]
pub struct AuthServerBuilder {
    registry: Registry,
    clock: Option<ManualClock>,
}

impl AuthServerBuilder {
    pub(super) fn new() -> Self {
        Self {
            registry: Registry::default(),
            clock: None,
        }
    }

    /// Registers a client. It may use any scope, unless [`scopes`](Self::scopes) limits what exists, and authenticate by
    /// `Basic` (percent-encoded) or in the form.
    pub fn client(mut self, id: &str, secret: &str) -> Self {
        self.registry.clients.insert(id.to_owned(), Client::new(secret));
        self
    }

    /// Registers a client without a secret.
    pub fn public_client(mut self, id: &str) -> Self {
        self.registry.clients.insert(id.to_owned(), Client::public());
        self
    }

    /// Gives a registered client one more secret that is accepted, as during a rotation.
    pub fn second_secret(mut self, id: &str, secret: &str) -> Self {
        if let Some(client) = self.registry.clients.get_mut(id) {
            client.secrets.push(secret.to_owned());
        }
        self
    }

    /// The scopes that exist; any other is `invalid_scope`.
    pub fn scopes(mut self, scopes: &[&str]) -> Self {
        self.registry.known_scopes = Some(scopes.iter().map(ToString::to_string).collect());
        self
    }

    /// The lifetime of tokens, an hour by default.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.registry.lifetime = lifetime;
        self
    }

    /// Expects `Basic` credentials without percent-encoding (RFC 7617 alone).
    pub fn raw_basic(mut self) -> Self {
        self.registry.basic = BasicDecoding::Raw;
        self
    }

    /// Counts lifetimes by this clock instead of by the system's.
    pub fn clock(mut self, clock: &ManualClock) -> Self {
        self.clock = Some(clock.clone());
        self
    }

    /// Starts the server; it listens when this returns.
    ///
    /// # Panics
    /// If no port or thread can be had.
    pub fn start(self) -> AuthServer {
        let clock: Box<dyn Fn() -> SystemTime + Send + Sync> = match self.clock {
            Some(clock) => Box::new(move || clock.wall()),
            None => Box::new(system_time),
        };
        AuthServer::start(self.registry, clock).expect("a free port and a thread")
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server's own clock, apart from the library's"
)]
fn system_time() -> SystemTime {
    SystemTime::now()
}

impl fmt::Debug for AuthServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthServerBuilder")
            .field("clients", &self.registry.clients.keys())
            .field("lifetime", &self.registry.lifetime)
            .finish_non_exhaustive()
    }
}
