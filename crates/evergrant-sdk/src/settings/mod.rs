//! What a client is told before it is built.

use std::fmt;
use std::time::Duration;

use evergrant::origin::Origin;
use evergrant::{BuildError, Secret, Token};
use http::{HeaderName, HeaderValue};

use crate::Core;
use crate::credentials::{BasicCredentials, BearerCredentials, KeyCredentials, OAuthCredentials, SessionCredentials};
use crate::describe::Api;

/// The settings of a client in the making. Schemes, servers, variables and headers are named by their index in the description.
#[derive(Clone)]
pub struct Settings {
    api: &'static Api,
}

impl Settings {
    /// The defaults.
    #[must_use]
    pub fn new(api: &'static Api) -> Self {
        Self { api }
    }

    /// Configures a scheme of basic authentication.
    pub fn basic(&mut self, _scheme: usize, _credentials: BasicCredentials) {}

    /// Configures a bearer scheme.
    pub fn bearer(&mut self, _scheme: usize, _credentials: BearerCredentials) {}

    /// Configures a scheme of API keys.
    pub fn keys(&mut self, _scheme: usize, _credentials: KeyCredentials) {}

    /// Configures an OAuth scheme.
    pub fn oauth(&mut self, _scheme: usize, _credentials: OAuthCredentials) {}

    /// Configures a session scheme.
    pub fn session(&mut self, _scheme: usize, _credentials: SessionCredentials) {}

    /// Starts from this token; all else of the OAuth or session scheme stays.
    pub fn token(&mut self, _scheme: usize, _token: Token) {}

    /// Chooses an environment.
    pub fn environment(&mut self, _environment: usize) {}

    /// Sets a variable of the servers' URLs.
    pub fn variable(&mut self, _variable: usize, _value: impl Into<String>) {}

    /// Sets a server's URL, in place of that of the environment.
    pub fn server(&mut self, _server: usize, _url: impl Into<String>) {}

    /// Limits each try of a call; zero for no limit. 60 s by default. Streams that have begun are not limited.
    pub fn timeout(&mut self, _limit: Duration) {}

    /// A header for every request to the API's allowed origins.
    pub fn header(&mut self, _name: HeaderName, _value: HeaderValue) {}

    /// The value of a header that the description names for every call.
    pub fn described_header(&mut self, _header: usize, _value: impl Into<Secret>) {}

    /// The HTTP client's own settings, for calls and token requests alike; what is given names the client to the API already.
    pub fn http(
        &mut self,
        _settings: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) {
    }

    /// A finished client for calls and token requests alike.
    pub fn danger_http_client(&mut self, _client: reqwest::Client) {}

    /// Lets credentials travel unencrypted to this one origin.
    pub fn danger_allow_http_to(&mut self, _origin: Origin) {}

    /// Lets credentials go to one more origin.
    pub fn allow_origin(&mut self, _origin: impl Into<String>) {}

    /// Moves on to a requirement's next alternative when a token cannot be had for a reason that may pass by itself.
    pub fn with_fallback(&mut self) {}

    /// Builds the client. Nothing is sent.
    ///
    /// # Errors
    /// [`BuildError`] names the setting that cannot work.
    pub fn build(self) -> Result<Core, BuildError> {
        Ok(Core { settings: self })
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("api", &self.api.name)
            .finish_non_exhaustive()
    }
}
