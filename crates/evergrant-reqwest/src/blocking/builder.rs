//! Settings of the blocking client: those of the async one.

use std::fmt;

use evergrant::BuildError;
use evergrant::origin::Origin;
use http::{HeaderName, HeaderValue, response};

use super::Client;

/// What a blocking [`Client`] can be told: the same as [`ClientBuilder`](crate::ClientBuilder), which has the details.
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    settings: crate::ClientBuilder,
}

impl ClientBuilder {
    pub(super) fn new(settings: crate::ClientBuilder) -> Self {
        Self { settings }
    }

    /// Where the API is; requests name paths below it. Its origin may receive credentials. Required.
    pub fn base_url(self, url: impl Into<String>) -> Self {
        Self::new(self.settings.base_url(url))
    }

    /// The HTTP client's own settings, as at [`ClientBuilder::http`](crate::ClientBuilder::http). They are those of the async
    /// client of reqwest.
    pub fn http(self, settings: impl Fn() -> reqwest::ClientBuilder) -> Self {
        Self::new(self.settings.http(settings))
    }

    /// A header for every request that goes to an allowed origin.
    pub fn default_header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self::new(self.settings.default_header(name, value))
    }

    /// Lets credentials go to one more origin, such as `https://files.example.com`.
    pub fn allow_origin(self, origin: impl Into<String>) -> Self {
        Self::new(self.settings.allow_origin(origin))
    }

    /// Lets credentials go to the origins for which `rule` says yes. Called again, it adds a rule.
    pub fn allow_origins_from(self, rule: impl Fn(&Origin) -> bool + Send + Sync + 'static) -> Self {
        Self::new(self.settings.allow_origins_from(rule))
    }

    /// Lets credentials go wherever a request or a redirect leads.
    pub fn danger_allow_any_origin(self) -> Self {
        Self::new(self.settings.danger_allow_any_origin())
    }

    /// Lets credentials travel unencrypted to this one origin, such as a sidecar of a service mesh.
    pub fn danger_allow_http_to(self, origin: Origin) -> Self {
        Self::new(self.settings.danger_allow_http_to(origin))
    }

    /// Which responses mean that the token is no longer good, as at
    /// [`ClientBuilder::renew_when`](crate::ClientBuilder::renew_when).
    pub fn renew_when(self, rule: impl Fn(&response::Parts) -> bool + Send + Sync + 'static) -> Self {
        Self::new(self.settings.renew_when(rule))
    }

    /// Builds the client, and starts its worker thread. Nothing is sent.
    ///
    /// # Errors
    /// [`BuildError`] names the setting that cannot work.
    pub fn build(self) -> Result<Client, BuildError> {
        Client::new(self.settings.build()?)
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}
