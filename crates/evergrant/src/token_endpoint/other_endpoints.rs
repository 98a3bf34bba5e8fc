//! The other endpoints of the server that authenticate the client like the token endpoint. Their requests have the same
//! retries, limits and rules for secrets.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use super::received_response::ReadResponse;
use super::retry;
use super::{RetryAfterGate, Server, ServerLocation, Settings, TokenEndpoint};
use crate::Scopes;
use crate::discovery::Endpoint;
use crate::error::{ClientContext, DiscoveryProblem, EndpointError, EndpointProblem, Error};
use crate::grant::GrantRequest;

/// Returns the builder's setting for the URL of an endpoint.
pub(crate) fn url_setting(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Revocation => "revocation_url",
        Endpoint::DeviceAuthorization => "device_authorization_url",
        Endpoint::PushedAuthorization => "pushed_authorization_url",
        Endpoint::Introspection => "introspection_url",
        _ => "token_url",
    }
}

impl TokenEndpoint {
    /// Sends a request to another endpoint, within the time limit of a fetch. Transient failures are retried.
    pub(super) async fn send_to<T: Send + 'static>(
        &self,
        endpoint: Endpoint,
        request: &GrantRequest,
        read: ReadResponse<T>,
    ) -> Result<T, Error> {
        let settings = &*self.settings;
        let retries = AtomicU32::new(settings.retries.retries);
        let exchange = Box::pin(async {
            let settings = settings.for_endpoint(endpoint, &retries).await?;
            let outcome = retry::run(
                &settings,
                request,
                &retries,
                || true,
                |settings, server, request| retry::attempt(settings, server, request, read),
            );
            let outcome = outcome.await;
            outcome.map_err(|error| settings.endpoint_error(error))
        });
        let outcome = settings.within_limit(settings.fetch_timeout, exchange).await;
        outcome.map_err(|error| match error {
            Error::Timeout(_) => Settings {
                endpoint,
                ..settings.clone()
            }
            .endpoint_error(error),
            error => error,
        })
    }
}

impl Settings {
    /// Returns the settings of requests to another endpoint of the server. They have no scopes and no additional
    /// parameters, and errors name the endpoint.
    async fn for_endpoint(&self, endpoint: Endpoint, retries: &AtomicU32) -> Result<Self, Error> {
        let missing = |in_metadata| self.missing_endpoint(endpoint, in_metadata);
        let location = match (&self.location, self.endpoint_urls.get(&endpoint)) {
            (ServerLocation::Url(server), Some(url)) => ServerLocation::Url(Arc::new(Server {
                url: url.clone(),
                token_endpoint: server.token_endpoint.clone(),
                issuer: server.issuer.clone(),
                metadata: None,
            })),
            (ServerLocation::Url(_), None) => return Err(missing(false)),
            (ServerLocation::Issuer(_), _) => self.location.clone(),
        };
        let mut settings = Self {
            location,
            endpoint,
            scopes: Scopes::default(),
            parameters: Vec::new(),
            // The waits of one endpoint say nothing about another.
            retry_after_gate: Arc::<RetryAfterGate>::default(),
            ..self.clone()
        };
        // Only token endpoints deviate in this way: the others are defined with a form.
        settings.options.json_body = false;
        // A parameter of authorization requests (RFC 8628 section 3.1, RFC 9126 section 2.1).
        settings.options.client_id_in_body |=
            matches!(endpoint, Endpoint::DeviceAuthorization | Endpoint::PushedAuthorization);
        let server = settings.server(retries).await.map_err(|error| match &error {
            Error::Issuer(issuer) => match issuer.discovery().problem() {
                DiscoveryProblem::Endpoint { name, .. } if *name == endpoint.name() && !self.is_invalid(endpoint) => {
                    missing(true)
                }
                _ => error,
            },
            _ => error,
        })?;
        settings.client = Arc::new(ClientContext::new(&self.client_id, &server.url));
        Ok(settings)
    }

    /// Returns whether the metadata has this endpoint with a URL that cannot be used.
    fn is_invalid(&self, endpoint: Endpoint) -> bool {
        let known = self.location.issuer_cache().and_then(|cache| cache.cached());
        known.is_some_and(|known| {
            let invalid = known.0.invalid_endpoints();
            invalid.iter().any(|(name, _)| name.ends_with(endpoint.name()))
        })
    }

    fn missing_endpoint(&self, endpoint: Endpoint, in_metadata: bool) -> Error {
        let setting = url_setting(endpoint);
        self.endpoint_problem(endpoint, EndpointProblem::Missing { setting, in_metadata })
    }

    /// Names the endpoint in an error of a request to it.
    fn endpoint_error(&self, error: Error) -> Error {
        let problem = match error {
            Error::OAuthProvider(rejection) => EndpointProblem::Rejected(rejection),
            Error::Unreachable(error) => EndpointProblem::Unreachable(error.transport_error().clone()),
            Error::Timeout(error) => EndpointProblem::Timeout(error.limit()),
            other => return other,
        };
        self.endpoint_problem(self.endpoint, problem)
    }

    /// Returns the error for a successful response that cannot be used.
    pub(super) fn invalid_response(&self, problem: impl Into<String>) -> Error {
        self.endpoint_problem(self.endpoint, EndpointProblem::InvalidResponse(problem.into()))
    }

    fn endpoint_problem(&self, endpoint: Endpoint, problem: EndpointProblem) -> Error {
        Error::Endpoint(Arc::new(EndpointError {
            client: Arc::clone(&self.client),
            name: endpoint.name(),
            problem,
        }))
    }
}
