//! The built client. It has one HTTP client for each pair of requirement and server, all of which share connections.

mod api_key_set;
mod build;
mod environment_hosts;
mod getters;
mod security_schemes;
mod select_http_client;
mod server_urls;
mod session_login;
mod settings;
mod token_managers;
mod validate_settings;

use std::fmt;
use std::sync::{Arc, OnceLock};

use evergrant::{Authorizer, TokenManager};

use self::server_urls::Servers;
pub use self::settings::Settings;
use self::token_managers::SchemeTokens;
use crate::call::{Call, Dispatcher};
use crate::configuration::Configuration;
use crate::metadata::Operation;

/// The built client of an API, which the client type of a generated crate wraps. Cloning is cheap.
#[derive(Clone)]
pub struct Core {
    shared: Arc<Shared>,
    dispatcher: Dispatcher,
}

struct Shared {
    configuration: Configuration,
    servers: Servers,
    /// For each server with a URL, an HTTP client without credentials. All share their connections.
    clients: Vec<Option<evergrant_reqwest::Client>>,
    /// The tokens of each configured scheme that fetches tokens.
    tokens: Vec<Option<SchemeTokens>>,
    /// One authorizer per requirement.
    authorizers: Vec<Authorizer>,
    /// One HTTP client for each pair of requirement and server, created on first use.
    authorized_clients: Vec<OnceLock<evergrant_reqwest::Client>>,
}

impl Core {
    fn new(shared: Arc<Shared>) -> Self {
        Self {
            dispatcher: Dispatcher::new(Arc::<Shared>::clone(&shared)),
            shared,
        }
    }

    /// Returns the dispatcher, which sends this client's calls.
    #[must_use]
    pub fn dispatcher(&self) -> &Dispatcher {
        &self.dispatcher
    }

    /// Starts a call to an operation of the API. Nothing is sent yet; see [`Dispatcher::request`].
    pub fn request(&self, operation: &'static Operation) -> Call {
        self.dispatcher.request(operation)
    }

    /// Returns the settings of this client, for example to build a client with changed settings. The new client shares
    /// connections and tokens with this client; see [`Settings::build`].
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings::from_client(&self.shared)
    }

    /// Returns the token manager of an OAuth scheme, or of a session scheme with a login. `scheme` is its index in
    /// [`Api::schemes`](crate::metadata::Api::schemes). Returns `None` if the scheme has no credentials that fetch
    /// tokens.
    #[must_use]
    pub fn manager(&self, scheme: usize) -> Option<&TokenManager> {
        Some(self.shared.tokens.get(scheme)?.as_ref()?.manager())
    }

    /// Returns the URL of a server, or `None` if it is not set. `server` is its index in
    /// [`Api::servers`](crate::metadata::Api::servers).
    #[must_use]
    pub fn server_url(&self, server: usize) -> Option<&str> {
        self.shared.servers.url(server).ok()
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core")
            .field("settings", &self.shared.configuration)
            .field("servers", &self.shared.servers)
            .finish_non_exhaustive()
    }
}
