//! Settings of the authorized client.

use std::fmt;
use std::sync::Arc;

use evergrant::origin::{Origin, check_endpoint};
use evergrant::{Authorizer, BuildError};
use http::{HeaderName, HeaderValue, response};

use super::{Client, Shared};
use crate::call::RulesBuilder;
use crate::http::{Http, HttpSettings};

/// What an authorized [`Client`] can be told.
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    base_url: Option<String>,
    http: HttpSource,
    settings: RulesBuilder,
}

/// Where the HTTP client underneath comes from.
enum HttpSource {
    Settings(Box<HttpSettings>),
    Made(Http),
}

impl ClientBuilder {
    pub(super) fn new(authorizer: Authorizer) -> Self {
        Self {
            base_url: None,
            http: HttpSource::Settings(Box::new(HttpSettings::of(reqwest::Client::builder))),
            settings: RulesBuilder::new(authorizer),
        }
    }

    /// Where the API is; requests name paths below it. Its origin may receive credentials. Required.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// The HTTP client's own settings: proxy, certificates, timeouts. Redirects are followed by this crate, whatever the
    /// policy set here. Default headers set here go to **every** origin, those of redirects included: use
    /// [`default_header`](Self::default_header) instead.
    ///
    /// `settings` is called several times: plain `http` to a loopback address goes out through a second client, which
    /// uses no proxy,
    /// be it set here or by the environment: it would see the credentials in clear. To that client, `localhost` is `127.0.0.1` and
    /// `::1`, whatever is set here or the system says.
    pub fn http(mut self, settings: impl Fn() -> reqwest::ClientBuilder) -> Self {
        self.http = HttpSource::Settings(Box::new(HttpSettings::of(settings)));
        self
    }

    /// Sends over the connections of another client, with its HTTP settings: for clients of one program whose credentials or base
    /// URLs differ.
    pub fn share_connections(mut self, client: &Client) -> Self {
        self.http = HttpSource::Made(client.shared.http.clone());
        self
    }

    /// Sends over a client that exists already, whose redirect policy and proxies can no longer be seen or changed.
    ///
    /// Build it with [`Policy::none()`](reqwest::redirect::Policy::none): any other takes headers that it does not know for
    /// credentials wherever a redirect leads. One that was followed to another origin is noticed afterwards, and is
    /// [`Error::RedirectedUnseen`](crate::Error::RedirectedUnseen). For a base URL of plain `http` on loopback, build it with
    /// [`no_proxy()`](reqwest::ClientBuilder::no_proxy) too: a proxy would see the credentials in clear.
    pub fn danger_http_client(mut self, client: reqwest::Client) -> Self {
        self.http = HttpSource::Made(Http::only(client, "danger_http_client"));
        self
    }

    /// A header for every request that goes to an allowed origin.
    pub fn default_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.settings.rules.headers.insert(name, value);
        self
    }

    /// Lets credentials go to one more origin, such as `https://files.example.com`.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.settings.allowed.push(origin.into());
        self
    }

    /// Lets credentials go to the origins for which `rule` says yes, such as a host for each tenant. Called again, it adds a
    /// rule.
    pub fn allow_origins_from(mut self, rule: impl Fn(&Origin) -> bool + Send + Sync + 'static) -> Self {
        self.settings.rules.origins.allow_from(rule);
        self
    }

    /// Lets credentials go wherever a request or a redirect leads.
    pub fn danger_allow_any_origin(mut self) -> Self {
        self.settings.rules.origins.danger_allow_any_origin();
        self
    }

    /// Lets credentials travel unencrypted to this one origin, such as a sidecar of a service mesh.
    pub fn danger_allow_http_to(mut self, origin: Origin) -> Self {
        self.settings.rules.origins.danger_allow_http_to(origin);
        self
    }

    /// Which responses mean that the token is no longer good, besides those that say so themselves
    /// ([`rejects_token`](evergrant::rejects_token)): some APIs answer 403, 400, 419 or 498 to an expired token. The limits and
    /// pauses are those of a 401. A response that says `insufficient_scope` is never put to the rule.
    pub fn renew_when(mut self, rule: impl Fn(&response::Parts) -> bool + Send + Sync + 'static) -> Self {
        self.settings.renew_when(rule);
        self
    }

    /// Builds the client. Nothing is sent.
    ///
    /// # Errors
    /// [`BuildError`] names the setting that cannot work.
    pub fn build(self) -> Result<Client, BuildError> {
        let mut rules = self.settings.build()?;
        let text = self.base_url.ok_or(BuildError::MissingBaseUrl)?;
        let mut base = check_endpoint("base_url", &text, rules.origins.plaintext())?;
        if base.query().is_some() {
            return Err(BuildError::InvalidUrl {
                setting: "base_url",
                problem: "it has a query, which the paths below it would lose".to_owned(),
            });
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        if let Some(origin) = Origin::of(&base) {
            rules.origins.allow(origin);
        }
        let http = match self.http {
            HttpSource::Settings(settings) => settings.build()?,
            HttpSource::Made(http) => http,
        };
        if let Some(relaxation) = http.relaxation() {
            relaxation.apply()?;
        }
        Ok(Client {
            shared: Arc::new(Shared { http, base, rules }),
        })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("authorizer", &self.settings.rules.authorizer)
            .field("origins", &self.settings.rules.origins)
            .finish_non_exhaustive()
    }
}
