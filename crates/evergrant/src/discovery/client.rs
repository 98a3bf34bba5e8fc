//! Requests metadata of authorization servers and APIs, for an application or a token manager.

use std::time::Duration;

use http::HeaderValue;
use url::Url;

use super::issuer::Issuer;
use super::metadata::ServerMetadata;
use super::metadata_document::{self, Document, NoDocument};
use crate::error::{BuildError, DiscoveryError, DiscoveryProblem, TransportErrorKind};
use crate::origin::{AllowedOrigins, Origin, PlaintextPolicy};
use crate::redact::shown_url;
use crate::runtime::SharedRuntime;
use crate::transport::{DEFAULT_USER_AGENT, SharedTransport};

/// A client that requests the metadata of authorization servers (RFC 8414) and APIs (RFC 9728). It caches nothing and
/// sends no credentials. Cloning is cheap.
///
/// ```
/// use evergrant::discovery::{Capability, Discovery, Endpoint};
///
/// # async fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
/// let server = Discovery::new(transport).server("https://idp.example.com/realms/a").await?;
/// println!("{:?}", server.endpoint(Endpoint::Token));
/// if server.lists(Capability::ClientAuthMethods, "private_key_jwt") == Some(true) {
///     println!("clients can authenticate with a key");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Discovery {
    transport: SharedTransport,
    user_agent: HeaderValue,
    limit: Duration,
    pub(super) origins: AllowedOrigins,
    pub(super) plaintext: PlaintextPolicy,
    pub(super) runtime: SharedRuntime,
}

/// Default time limit of one discovery.
const TIME_LIMIT: Duration = Duration::from_secs(5);

impl Discovery {
    /// Creates a discovery client that sends its requests through this transport.
    pub fn new(transport: impl Into<SharedTransport>) -> Self {
        Self {
            transport: transport.into(),
            user_agent: DEFAULT_USER_AGENT,
            limit: TIME_LIMIT,
            origins: AllowedOrigins::default(),
            plaintext: PlaintextPolicy::default(),
            runtime: SharedRuntime::default(),
        }
    }

    /// Sets the maximum duration of one call of [`server`](Self::server) or [`resource`](Self::resource), including all
    /// its requests. Default: 5 s.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Allows requesting the metadata of an API from this origin. By default, only the API's own origin is allowed.
    #[must_use]
    pub fn allow_origin(mut self, origin: Origin) -> Self {
        self.origins.allow(origin);
        self
    }

    /// Allows requesting metadata from this origin without TLS. An attacker on the network can then replace the
    /// metadata, and with it the endpoints that receive credentials.
    ///
    /// # Errors
    /// [`BuildError::RelaxationForbidden`] after [`Relaxation::forbid_all`](crate::Relaxation::forbid_all).
    pub fn danger_allow_http_to(mut self, origin: Origin) -> Result<Self, BuildError> {
        let mut added = PlaintextPolicy::default();
        added.danger_allow_http_to(origin.clone());
        added.apply_relaxations()?;
        self.plaintext.danger_allow_http_to(origin.clone());
        self.origins.danger_allow_http_to(origin);
        Ok(self)
    }

    /// Sets the runtime that measures time limits. Default: tokio.
    #[must_use]
    pub fn runtime(mut self, runtime: impl Into<SharedRuntime>) -> Self {
        self.runtime = runtime.into();
        self
    }

    /// Sets the safety rules and the `User-Agent` of a token manager.
    pub(crate) fn with(mut self, plaintext: PlaintextPolicy, user_agent: Option<&HeaderValue>) -> Self {
        self.plaintext = plaintext;
        self.user_agent = user_agent.cloned().unwrap_or(DEFAULT_USER_AGENT);
        self
    }

    /// Requests the metadata of the authorization server with this issuer identifier. The [module documentation](super)
    /// lists the URLs that are tried, and the checks of the metadata.
    ///
    /// # Errors
    /// [`DiscoveryError`] if the issuer identifier is not valid, or if the server has no usable metadata.
    pub async fn server(&self, issuer: &str) -> Result<ServerMetadata, DiscoveryError> {
        let parsed = Issuer::parse(issuer, &self.plaintext)
            .map_err(|error| DiscoveryError::new(issuer, DiscoveryProblem::InvalidUrl(error.to_string())))?;
        self.fetch(&parsed, None).await.map(|(metadata, _)| metadata)
    }

    /// Requests the metadata, and returns it with the time for which it may be cached. `first` is tried before the
    /// other URLs.
    pub(super) async fn fetch(
        &self,
        issuer: &Issuer,
        first: Option<&Url>,
    ) -> Result<(ServerMetadata, Option<Duration>), DiscoveryError> {
        let found = self.within_limit(self.find(issuer, first)).await;
        found.map_err(|problem| DiscoveryError::new(issuer.as_str(), problem))
    }

    async fn find(
        &self,
        issuer: &Issuer,
        first: Option<&Url>,
    ) -> Result<(ServerMetadata, Option<Duration>), DiscoveryProblem> {
        let mut urls = issuer.metadata_urls();
        if let Some(first) = first {
            // Stable: the others keep their order.
            urls.sort_by_key(|url| url != first);
        }
        let mut missing = Missing::default();
        for url in urls {
            let document = match self.get(&url).await {
                Ok(document) => document,
                Err(problem) => {
                    missing.add(&url, problem)?;
                    continue;
                }
            };
            match ServerMetadata::read(issuer, url.clone(), &document.members, &self.plaintext) {
                Ok(metadata) => return Ok((metadata, document.max_age)),
                Err(found) => missing.add_mismatch(&url, found),
            }
        }
        Err(missing.into_problem())
    }

    pub(super) async fn get(&self, url: &Url) -> Result<Document, NoDocument> {
        metadata_document::get(&self.transport, url, &self.user_agent).await
    }

    pub(super) async fn within_limit<T>(
        &self,
        request: impl Future<Output = Result<T, DiscoveryProblem>>,
    ) -> Result<T, DiscoveryProblem> {
        let outcome = self.runtime.timeout(self.limit, request).await;
        outcome.unwrap_or(Err(DiscoveryProblem::Timeout(self.limit)))
    }
}

/// The URLs without usable metadata.
#[derive(Default)]
pub(super) struct Missing {
    tried: Vec<(String, String)>,
    is_retryable: bool,
    /// The issuer that a document belongs to. More informative than a missing document.
    other_issuer: Option<String>,
}

impl Missing {
    /// Adds a URL without a document. If the server cannot be reached, its other URLs are not tried.
    pub(super) fn add(&mut self, url: &Url, problem: NoDocument) -> Result<(), DiscoveryProblem> {
        let (problem, is_retryable) = match problem {
            NoDocument::Transport(error) if error.kind() == TransportErrorKind::Connect => {
                return Err(DiscoveryProblem::Transport(error));
            }
            NoDocument::Transport(error) => (error.to_string(), error.is_retryable()),
            NoDocument::Response { problem, is_retryable } => (problem, is_retryable),
        };
        self.is_retryable |= is_retryable;
        self.tried.push((shown_url(url), problem));
        Ok(())
    }

    /// Adds a URL whose document belongs to another issuer; an empty one if the document names none.
    fn add_mismatch(&mut self, url: &Url, found: String) {
        let problem = match found.as_str() {
            "" => "without `issuer`".to_owned(),
            found => format!("of the issuer `{found}`"),
        };
        self.tried.push((shown_url(url), problem));
        if !found.is_empty() {
            self.other_issuer.get_or_insert(found);
        }
    }

    pub(super) fn into_problem(self) -> DiscoveryProblem {
        let (tried, is_retryable) = (self.tried, self.is_retryable);
        match self.other_issuer {
            Some(found) if !is_retryable => DiscoveryProblem::IssuerMismatch { found },
            _ => DiscoveryProblem::NotFound { tried, is_retryable },
        }
    }
}
