//! The builder of the authorized client.

use std::fmt;
use std::sync::Arc;

use evergrant::{Authorizer, BuildError, CallPolicy, CallPolicyBuilder};
use http::{HeaderName, HeaderValue};

use super::{Client, Shared};
use crate::call::{PolicyBuilder, policy_setters};
use crate::http_client_pair::{CertifiedClients, ClientPair, ClientPairSettings};

/// Builds an authorized [`Client`]. Only [`base_url`](Self::base_url) is required.
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    http: HttpSource,
    policy: PolicyBuilder,
}

/// The source of the underlying HTTP client.
enum HttpSource {
    Settings(Box<ClientPairSettings>),
    Existing(ClientPair),
    /// A client of the application.
    Client(reqwest::Client),
    Builder(Box<reqwest::ClientBuilder>),
}

impl ClientBuilder {
    pub(super) fn new(authorizer: Authorizer) -> Self {
        Self {
            http: HttpSource::Settings(Box::new(ClientPairSettings::shared(reqwest::Client::builder))),
            policy: PolicyBuilder::new(CallPolicy::builder(authorizer), true),
        }
    }

    /// Sets the base URL of the API. This setting is required. Request paths are relative to this URL, and its origin
    /// receives credentials.
    pub fn base_url(self, url: impl Into<String>) -> Self {
        self.with_calls(|calls| calls.base_url(url))
    }

    /// Sets the options of the HTTP client, such as the proxy, certificates and timeouts. This crate follows redirects
    /// itself, so a redirect policy set here has no effect. Default headers set here are sent to **every** origin,
    /// including redirect targets. To send a header only to allowed origins, use
    /// [`default_header`](Self::default_header).
    ///
    /// `settings` is called several times, because requests to loopback addresses over plain `http` use a second
    /// client. The second client ignores every proxy, whether set here or by the environment, because a proxy would see
    /// the credentials unencrypted. It always connects `localhost` to `127.0.0.1` and `::1`, even if `settings` or the
    /// operating system resolve the name differently.
    pub fn http(mut self, settings: impl Fn() -> reqwest::ClientBuilder) -> Self {
        self.http = HttpSource::Settings(Box::new(ClientPairSettings::new(settings)));
        self
    }

    /// Sets the options of the HTTP client like [`http`](Self::http). Such a client can also present the certificate of
    /// a
    /// [`TlsClientAuth`](crate::TlsClientAuth), to which tokens are bound: `settings` is called again for each
    /// certificate. Without this method and `http`, the client can present certificates too.
    pub fn http_settings(mut self, settings: impl Fn() -> reqwest::ClientBuilder + Send + Sync + 'static) -> Self {
        self.http = HttpSource::Settings(Box::new(ClientPairSettings::shared(settings)));
        self
    }

    /// Uses the connections and HTTP options of another client. Use this for several clients with different credentials
    /// or base URLs in one program.
    pub fn share_connections(mut self, client: &Client) -> Self {
        self.http = HttpSource::Existing(client.shared.http.clone());
        self
    }

    /// Uses a reqwest client of the application, so that its proxy, certificates and TLS settings are written once.
    ///
    /// The [`Transport`](crate::Transport), which sends token requests, can use the same client:
    ///
    /// ```
    /// use evergrant::ClientCredentials;
    /// use evergrant_reqwest::{Client, Transport};
    /// use reqwest::redirect::Policy;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let http = reqwest::Client::builder()
    ///     .proxy(reqwest::Proxy::https("http://proxy.example.com:3128")?)
    ///     .redirect(Policy::none())
    ///     .build()?;
    /// let tokens = ClientCredentials::builder("client-id", "not-a-real-secret")
    ///     .token_url("https://auth.example.com/oauth2/token")
    ///     .build(Transport::from_client(http.clone())?)?;
    /// let api = Client::builder(tokens)
    ///     .base_url("https://api.example.com/v1/")
    ///     .http_client(http)
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// - The reqwest client must have [`Policy::none()`](reqwest::redirect::Policy::none). With any other policy,
    ///   reqwest would send credentials that it does not recognize, such as a key in a custom header, to the target of
    ///   a redirect. [`build`](Self::build) fails for any other policy. This crate follows redirects itself.
    /// - A request to a loopback address over plain `http` fails if the reqwest client has a proxy, which would see the
    ///   credentials unencrypted: call [`no_proxy()`](reqwest::ClientBuilder::no_proxy), or use [`http`](Self::http).
    ///   Write `127.0.0.1` instead of `localhost`, because the reqwest client resolves that name itself.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = HttpSource::Client(client);
        self
    }

    /// Uses the settings of a reqwest client builder. Its redirect policy has no effect. The other rules are those of
    /// [`http_client`](Self::http_client).
    pub fn http_builder(mut self, builder: reqwest::ClientBuilder) -> Self {
        self.http = HttpSource::Builder(Box::new(builder));
        self
    }

    /// Uses an existing reqwest client, without checks. This crate cannot inspect or change the client's redirect
    /// policy and proxies.
    ///
    /// Build the reqwest client with [`Policy::none()`](reqwest::redirect::Policy::none). With any other policy, it
    /// sends custom credential headers to the target of every redirect. This crate detects a redirect to another origin
    /// only afterwards, and returns it as [`Error::UnexpectedRedirect`](crate::Error::UnexpectedRedirect). For a base
    /// URL with plain `http` on loopback, also call [`no_proxy()`](reqwest::ClientBuilder::no_proxy): a proxy would see
    /// the credentials unencrypted.
    pub fn danger_http_client(mut self, client: reqwest::Client) -> Self {
        self.http = HttpSource::Existing(ClientPair::single(client, "danger_http_client"));
        self
    }

    /// Adds a header to every request that is sent to an allowed origin.
    pub fn default_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.policy.headers.insert(name, value);
        self
    }

    policy_setters!();

    /// Builds the client. This method sends no request.
    ///
    /// # Errors
    /// Returns a [`BuildError`] that names the invalid setting.
    pub fn build(self) -> Result<Client, BuildError> {
        let policy = self.policy.build()?;
        let base = policy.calls.base_url().cloned().ok_or(BuildError::MissingBaseUrl)?;
        if base.query().is_some() {
            return Err(BuildError::InvalidUrl {
                setting: "base_url",
                problem: "it has a query, which would be lost when a path is appended".to_owned(),
            });
        }
        let http = match self.http {
            HttpSource::Settings(settings) => settings.build()?,
            HttpSource::Existing(http) => http,
            HttpSource::Client(client) => ClientPair::checked(client)?,
            HttpSource::Builder(builder) => ClientPair::from_builder(*builder)?,
        };
        if let Some(relaxation) = http.relaxation() {
            relaxation.apply()?;
        }
        Ok(Client {
            shared: Arc::new(Shared {
                http,
                certified: CertifiedClients::default(),
                base,
                policy,
            }),
        })
    }

    pub(crate) fn with_calls(mut self, change: impl FnOnce(CallPolicyBuilder) -> CallPolicyBuilder) -> Self {
        self.policy.calls = change(self.policy.calls);
        self
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("calls", &self.policy.calls)
            .finish_non_exhaustive()
    }
}
