//! The location of the authorization server: the configured URL of its token endpoint, or an issuer whose metadata
//! contains this URL.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use http::StatusCode;
use url::Url;

use super::{Settings, TokenEndpoint, retry};
use crate::discovery::{Capability, Endpoint, IssuerCache, KnownMetadata, ServerMetadata};
use crate::error::{DiscoveryError, DiscoveryProblem, Error, IssuerError, TimeoutScope, TransportErrorKind};

/// How requests find the authorization server.
#[derive(Clone)]
pub(crate) enum ServerLocation {
    /// The application provides the URL of the token endpoint.
    Url(Arc<Server>),
    /// The metadata of the issuer has the URLs of all endpoints.
    Issuer(Arc<IssuerCache>),
}

/// The authorization server as one attempt uses it.
pub(crate) struct Server {
    /// The endpoint that receives the request.
    pub(crate) url: Url,
    pub(crate) token_endpoint: Url,
    /// The issuer: of the metadata, or as provided next to the URL.
    pub(crate) issuer: Option<String>,
    /// `None` if the application provides the URL.
    pub(super) metadata: Option<KnownMetadata>,
}

impl ServerLocation {
    pub(crate) fn url(token_endpoint: Url, issuer: Option<String>) -> Self {
        Self::Url(Arc::new(Server {
            url: token_endpoint.clone(),
            token_endpoint,
            issuer,
            metadata: None,
        }))
    }

    /// Returns the issuer that the application provides next to the URL.
    pub(crate) fn provided_issuer(&self) -> Option<&str> {
        match self {
            Self::Url(server) => server.issuer.as_deref(),
            Self::Issuer(_) => None,
        }
    }

    /// Returns the issuer that the application set.
    pub(crate) fn issuer(&self) -> Option<&str> {
        match self {
            Self::Url(server) => server.issuer.as_deref(),
            Self::Issuer(cache) => Some(cache.issuer().as_str()),
        }
    }

    /// Returns the cache of the issuer's metadata; `None` if the application provides the URL.
    pub(crate) fn issuer_cache(&self) -> Option<&Arc<IssuerCache>> {
        match self {
            Self::Url(_) => None,
            Self::Issuer(cache) => Some(cache),
        }
    }
}

impl Settings {
    /// Returns the authorization server. Fetches the metadata of the issuer if it is not cached, with this number of
    /// retries.
    pub(crate) async fn server(&self, retries: &AtomicU32) -> Result<Arc<Server>, Error> {
        match &self.location {
            ServerLocation::Url(server) => Ok(Arc::clone(server)),
            ServerLocation::Issuer(cache) => self
                .server_of(Box::pin(self.metadata(cache, retries)).await?)
                .map(Arc::new),
        }
    }

    async fn metadata(&self, cache: &Arc<IssuerCache>, retries: &AtomicU32) -> Result<KnownMetadata, Error> {
        let mut retry = 0;
        loop {
            let error = match cache.get().await {
                Ok(known) => return Ok(known),
                Err(error) => self.issuer_error(error),
            };
            if !error.is_retryable() || retry >= retries.load(Ordering::Relaxed) {
                return Err(error);
            }
            retry += 1;
            retry::pause(self, &error, retry).await;
        }
    }

    /// Fetches the metadata again after a request to this server failed in a way that suggests that the metadata is
    /// outdated. Returns whether it has changed.
    pub(super) async fn has_moved(&self, server: &Server, error: &Error) -> bool {
        let (Some(cache), Some(known)) = (self.location.issuer_cache(), &server.metadata) else {
            return false;
        };
        suggests_move(error) && cache.changed_since(known).await.is_some()
    }

    pub(crate) fn issuer_error(&self, error: DiscoveryError) -> Error {
        Error::Issuer(Arc::new(IssuerError::new(&self.client, error)))
    }

    /// Returns the error for metadata of this issuer that cannot be used.
    pub(crate) fn metadata_problem(&self, issuer: &str, problem: DiscoveryProblem) -> Error {
        self.issuer_error(DiscoveryError::new(issuer, problem))
    }

    fn server_of(&self, known: KnownMetadata) -> Result<Server, Error> {
        let metadata = &known.0;
        let problem = |problem| self.metadata_problem(metadata.issuer(), problem);
        // A client with a certificate prefers the alias (RFC 8705 section 5).
        let required = |endpoint| match self.auth.transport_identity().is_some() {
            true => metadata.required_with_certificate(endpoint),
            false => metadata.required(endpoint),
        };
        let token_endpoint = required(Endpoint::Token).map_err(problem)?.clone();
        let url = match self.endpoint_urls.get(&self.endpoint) {
            Some(url) => url.clone(),
            None if self.endpoint == Endpoint::Token => token_endpoint.clone(),
            None => required(self.endpoint).map_err(problem)?.clone(),
        };
        Ok(Server {
            url,
            token_endpoint,
            issuer: Some(metadata.issuer().to_owned()),
            metadata: Some(known),
        })
    }
}

impl TokenEndpoint {
    /// Returns the metadata of the issuer. Fetches it if it is not cached. `None` if the application provides the URL.
    pub(crate) async fn server_metadata(&self) -> Result<Option<Arc<ServerMetadata>>, Error> {
        let settings = &*self.settings;
        let Some(cache) = settings.location.issuer_cache() else {
            return Ok(None);
        };
        let limit = settings.fetch_timeout;
        let retries = AtomicU32::new(settings.retries.retries);
        let began = settings.runtime.now();
        match settings
            .runtime
            .timeout(limit, settings.metadata(cache, &retries))
            .await
        {
            Some(known) => Ok(Some(known?.0)),
            None => {
                let is_stalled = settings.runtime.has_stalled(began, limit);
                Err(settings.timeout(TimeoutScope::Fetch, limit, is_stalled))
            }
        }
    }
}

impl Server {
    /// Checks that the server lists the client authentication method and the grant type, if there is one, unless the
    /// application allows others.
    pub(super) fn check_request(&self, settings: &Settings, grant_type: &str) -> Result<(), Error> {
        let Some(KnownMetadata(metadata)) = &self.metadata else {
            return Ok(());
        };
        if settings.options.allow_unlisted {
            return Ok(());
        }
        let algorithm = settings.auth.signature_algorithm();
        let proof_algorithm = settings.proof.as_ref().and_then(|proof| proof.signature_algorithm());
        let checked = metadata
            .check_request(
                settings.endpoint,
                settings.auth.name(),
                algorithm.as_deref(),
                grant_type,
            )
            .and_then(|()| metadata.check_algorithm(Capability::DpopAlgorithms, proof_algorithm.as_deref()));
        checked.map_err(|problem| settings.metadata_problem(metadata.issuer(), problem))
    }
}

/// Returns whether an error may mean that the endpoint has moved: nothing responds there, it is not there or no longer
/// there, or the server has begun to list what the request needs.
fn suggests_move(error: &Error) -> bool {
    match error {
        Error::OAuthProvider(rejection) => {
            let status = rejection.status();
            status.is_redirection()
                || matches!(
                    status,
                    StatusCode::NOT_FOUND
                        | StatusCode::METHOD_NOT_ALLOWED
                        | StatusCode::GONE
                        | StatusCode::MISDIRECTED_REQUEST
                )
        }
        Error::Unreachable(error) => error.kind() != TransportErrorKind::TooLarge,
        Error::Timeout(_) => true,
        Error::Issuer(error) => matches!(
            error.discovery().problem(),
            DiscoveryProblem::ClientAuthNotListed { .. }
                | DiscoveryProblem::AlgorithmNotListed { .. }
                | DiscoveryProblem::GrantNotListed { .. }
        ),
        _ => false,
    }
}
