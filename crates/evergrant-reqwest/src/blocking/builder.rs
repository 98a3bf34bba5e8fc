//! The builder of the blocking client.

use std::fmt;

use evergrant::{BuildError, CallPolicyBuilder};
use http::{HeaderName, HeaderValue};

use super::Client;
use crate::call::policy_setters;

/// Builds a blocking [`Client`]. It has the same settings as the async [`ClientBuilder`](crate::ClientBuilder).
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    settings: crate::ClientBuilder,
}

impl ClientBuilder {
    pub(super) fn new(settings: crate::ClientBuilder) -> Self {
        Self { settings }
    }

    /// Sets the base URL of the API. This setting is required. Request paths are relative to this URL, and its origin
    /// receives credentials.
    pub fn base_url(self, url: impl Into<String>) -> Self {
        Self::new(self.settings.base_url(url))
    }

    /// Sets the options of the underlying async HTTP client of reqwest, such as the proxy, certificates and timeouts:
    /// see [`ClientBuilder::http`](crate::ClientBuilder::http).
    pub fn http(self, settings: impl Fn() -> reqwest::ClientBuilder) -> Self {
        Self::new(self.settings.http(settings))
    }

    /// Sets the options of the HTTP client, which can also present a client certificate: see
    /// [`ClientBuilder::http_settings`](crate::ClientBuilder::http_settings).
    pub fn http_settings(self, settings: impl Fn() -> reqwest::ClientBuilder + Send + Sync + 'static) -> Self {
        Self::new(self.settings.http_settings(settings))
    }

    /// Uses an async reqwest client of the application: see
    /// [`ClientBuilder::http_client`](crate::ClientBuilder::http_client).
    pub fn http_client(self, client: reqwest::Client) -> Self {
        Self::new(self.settings.http_client(client))
    }

    /// Uses the settings of an async reqwest client builder: see
    /// [`ClientBuilder::http_builder`](crate::ClientBuilder::http_builder).
    pub fn http_builder(self, builder: reqwest::ClientBuilder) -> Self {
        Self::new(self.settings.http_builder(builder))
    }

    /// Adds a header to every request that is sent to an allowed origin.
    pub fn default_header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self::new(self.settings.default_header(name, value))
    }

    policy_setters!();

    /// Builds the client and starts its worker thread. This method sends no request.
    ///
    /// # Errors
    /// Returns a [`BuildError`] that names the invalid setting.
    pub fn build(self) -> Result<Client, BuildError> {
        Client::new(self.settings.build()?)
    }

    fn with_calls(self, change: impl FnOnce(CallPolicyBuilder) -> CallPolicyBuilder) -> Self {
        Self::new(self.settings.with_calls(change))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}
