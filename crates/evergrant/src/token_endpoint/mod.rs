//! The token endpoint: builds a token request, sends and retries it, and reads the response.

mod client_certificate;
mod client_keys;
mod custom_request;
mod device_authorization;
mod endpoint_or_issuer;
mod endpoint_response;
mod introspection;
mod locate_access_token;
mod nonstandard_options;
mod other_endpoints;
mod pushed_authorization;
mod received_response;
mod rejection;
mod renewal;
mod request;
mod response;
mod retry;
mod revocation;
mod token_request_headers;

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use url::Url;

pub(crate) use self::client_certificate::IdentityTransport;
pub(crate) use self::client_keys::ClientKeys;
pub(crate) use self::custom_request::{CustomAttempt, CustomRequest, SharedCustomRequest};
pub(crate) use self::endpoint_or_issuer::{Server, ServerLocation};
pub use self::nonstandard_options::TokenEndpointOptions;
pub(crate) use self::other_endpoints::url_setting;
pub use self::retry::RetryPolicy;
use crate::authorization_details::AUTHORIZATION_DETAILS;
use crate::client_auth::{ClientCredential, CredentialHistory, SharedClientAuth};
use crate::discovery::Endpoint;
use crate::error::{
    CallbackKind, ClientContext, Error, OAuthProviderError, SignInRequired, TimeoutError, TimeoutScope, TransportError,
};
use crate::grant::{Grant, GrantRequest, SharedGrant};
use crate::origin::PlaintextPolicy;
use crate::proof::SharedProof;
use crate::runtime::{SharedRuntime, Timestamp};
use crate::token_request_context::TokenRequestContext;
use crate::transport::{SharedTransport, TransportIdentity};
use crate::{Scopes, Token};

/// A client of the token endpoint, which a token manager passes to its [token provider](crate::TokenProvider). Its
/// requests use the settings of the manager, such as client authentication, scopes, parameters and retries. Cloning is
/// cheap.
#[derive(Clone)]
pub struct TokenEndpoint {
    settings: Arc<Settings>,
    /// Number of retries. Shared with clones, so that a flight can raise it when callers join.
    retries: Arc<AtomicU32>,
    /// The token that the provider replaces.
    last: Option<Token>,
}

/// The settings of token requests. They never change.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) client: Arc<ClientContext>,
    pub(crate) location: ServerLocation,
    /// The endpoint that receives the requests.
    pub(crate) endpoint: Endpoint,
    /// The URLs that the application provides for other endpoints than the token endpoint.
    pub(crate) endpoint_urls: Arc<BTreeMap<Endpoint, Url>>,
    pub(crate) plaintext: PlaintextPolicy,
    pub(crate) client_id: String,
    pub(crate) auth: SharedClientAuth,
    pub(crate) credentials: Arc<CredentialHistory>,
    pub(crate) proof: Option<SharedProof>,
    pub(crate) grant: SharedGrant,
    /// Replaces the form of RFC 6749.
    pub(crate) custom_request: Option<SharedCustomRequest>,
    pub(crate) scopes: Scopes,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) options: TokenEndpointOptions,
    /// Additional headers, from the options.
    pub(crate) headers: HeaderMap,
    pub(crate) scope_policy: ScopePolicy,
    pub(crate) attempt_timeout: Duration,
    pub(crate) fetch_timeout: Duration,
    pub(crate) retries: RetryPolicy,
    pub(crate) transport: Arc<IdentityTransport>,
    pub(crate) runtime: SharedRuntime,
    pub(crate) retry_after_gate: Arc<RetryAfterGate>,
}

/// What to do if the server grants fewer scopes than requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScopePolicy {
    Warn,
    Strict,
}

/// Blocks token requests until the server's `Retry-After` has passed.
#[derive(Default)]
pub(crate) struct RetryAfterGate(Mutex<Option<(Timestamp, Error)>>);

impl TokenEndpoint {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            retries: Arc::new(AtomicU32::new(settings.retries.retries)),
            settings: Arc::new(settings),
            last: None,
        }
    }

    /// Returns the endpoint for a provider that replaces this token.
    pub(crate) fn replacing(&self, last: Option<&Token>) -> Self {
        Self {
            last: last.cloned(),
            ..self.clone()
        }
    }

    /// Returns the endpoint without retries, for callers that retry themselves.
    pub(crate) fn without_retries(&self) -> Self {
        Self {
            settings: Arc::clone(&self.settings),
            retries: Arc::default(),
            last: self.last.clone(),
        }
    }

    /// Reverts [`without_retries`](Self::without_retries), for requests in progress too.
    pub(crate) fn allow_retries(&self) {
        self.retries.fetch_max(self.settings.retries.retries, Ordering::Relaxed);
    }

    /// Returns the endpoint for other scopes.
    pub(crate) fn with_scopes(&self, scopes: Scopes) -> Self {
        Self::new(Settings {
            scopes,
            ..Settings::clone(&self.settings)
        })
    }

    /// Returns the endpoint for another grant.
    pub(crate) fn with_grant(&self, grant: impl Grant) -> Self {
        Self::new(Settings {
            grant: SharedGrant::new(grant),
            ..Settings::clone(&self.settings)
        })
    }

    /// Returns the scopes that the token manager requests.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.settings.scopes
    }

    /// Fetches a token from the authorization server, for a [token provider](crate::TokenProvider). Retries transient
    /// failures.
    ///
    /// With the authorization code grant, no token can be fetched without the user. There, this method uses the refresh
    /// token of the token that the provider received as its argument `last`, like [`renew`](Self::renew).
    ///
    /// # Errors
    /// See [`Error`]. If the server has sent `Retry-After`, its last error is returned without a request until the
    /// requested time has passed. [`Error::SignInRequired`] with the authorization code grant, if there is no refresh
    /// token or the server rejects it.
    pub async fn fetch_token(&self) -> Result<Token, Error> {
        self.replace(None).await
    }

    /// Sends a request that a user has approved, such as one with a code. It is not retried, because a code can be used
    /// once.
    pub(crate) async fn redeem(&self, request: &GrantRequest, wanted: impl Fn() -> bool) -> Result<Token, Error> {
        let limit = self.settings.fetch_timeout.saturating_add(request.polling_limit());
        let settings = &*self.settings;
        let no_retries = AtomicU32::new(0);
        let fetch = async {
            // The metadata of the issuer can be requested repeatedly.
            settings.server(&AtomicU32::new(settings.retries.retries)).await?;
            retry::run(settings, request, &no_retries, wanted, retry::token_attempt).await
        };
        self.within_limit(limit, Box::pin(fetch)).await
    }

    async fn fetch_new(&self) -> Result<Token, Error> {
        if self.settings.grant.needs_user {
            return Err(self.settings.sign_in_required(None));
        }
        let settings = &*self.settings;
        let server = settings.server(&self.retries).await?;
        let request = settings.grant.request(settings.context(&server)).await?;
        retry::run(settings, &request, &self.retries, || true, retry::token_attempt).await
    }

    async fn within_fetch_timeout(&self, fetch: impl Future<Output = Result<Token, Error>>) -> Result<Token, Error> {
        self.within_limit(self.settings.fetch_timeout, fetch).await
    }

    async fn within_limit(
        &self,
        limit: Duration,
        fetch: impl Future<Output = Result<Token, Error>>,
    ) -> Result<Token, Error> {
        let settings = &*self.settings;
        if let Some(error) = settings.retry_after_gate.error(settings.runtime.now()) {
            return Err(error);
        }
        settings.within_limit(limit, fetch).await
    }

    /// Returns whether a token that replaces `last` can be fetched without a user.
    pub(crate) fn can_fetch(&self, last: Option<&Token>) -> bool {
        let refresh_token = last.and_then(Token::refresh_token);
        !self.settings.grant.needs_user || refresh_token.is_some()
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn proof(&self) -> Option<&SharedProof> {
        self.settings.proof.as_ref()
    }

    /// Returns whether the client's credentials differ from those that the server rejected.
    pub(crate) async fn credentials_changed(&self) -> bool {
        let settings = &*self.settings;
        if !settings.auth.can_change() {
            return false;
        }
        let credentials = async {
            let server = settings.server(&AtomicU32::new(0)).await?;
            settings.authenticate(&server).await
        };
        match settings.runtime.timeout(settings.attempt_timeout, credentials).await {
            Some(Ok(credentials)) => settings.credentials.are_new(&credentials),
            _ => false,
        }
    }
}

impl fmt::Debug for TokenEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenEndpoint")
            .field("client", &self.settings.client)
            .field("grant", &self.settings.grant)
            .field("auth", &self.settings.auth)
            .field("scopes", &self.settings.scopes)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Returns the client's credentials for one attempt.
    async fn authenticate(&self, server: &Server) -> Result<Vec<ClientCredential>, Error> {
        self.auth.authenticate(self.context(server)).await
    }

    /// Returns what holds the keys that tokens are bound to.
    pub(crate) fn client_keys(&self) -> ClientKeys {
        ClientKeys {
            proof: self.proof.clone(),
            auth: self.auth.clone(),
        }
    }

    fn context<'a>(&'a self, server: &'a Server) -> TokenRequestContext<'a> {
        TokenRequestContext {
            client_id: &self.client_id,
            token_endpoint: &server.token_endpoint,
            issuer: server.issuer.as_deref(),
            runtime: &self.runtime,
        }
    }

    /// Returns the parameters for the target of the token and its details, which other endpoints receive too (RFC 8707
    /// section 2.1, RFC 9396 section 3).
    pub(crate) fn targets(&self) -> impl Iterator<Item = (&str, &str)> {
        let targets = self.parameters.iter();
        let targets =
            targets.filter(|(name, _)| matches!(name.as_str(), "audience" | "resource" | AUTHORIZATION_DETAILS));
        targets.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Ends a fetch at its time limit.
    async fn within_limit<T>(
        &self,
        limit: Duration,
        fetch: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let began = self.runtime.now();
        match self.runtime.timeout(limit, fetch).await {
            Some(outcome) => outcome,
            None => {
                let is_stalled = self.runtime.has_stalled(began, limit);
                Err(self.timeout(TimeoutScope::Fetch, limit, is_stalled))
            }
        }
    }

    /// Returns the transport of one attempt, and the certificate that it presents.
    fn transport(&self) -> Result<(SharedTransport, Option<TransportIdentity>), TransportError> {
        self.transport.get(&self.auth)
    }

    fn sign_in_required(&self, rejection: Option<Arc<OAuthProviderError>>) -> Error {
        let client = Arc::clone(&self.client);
        Error::SignInRequired(Arc::new(SignInRequired { client, rejection }))
    }

    /// Returns the error for a request that exceeded its time limit. `is_stalled` means that this process is the cause.
    pub(crate) fn timeout(&self, scope: TimeoutScope, limit: Duration, is_stalled: bool) -> Error {
        let callback = self.auth.can_change().then_some(CallbackKind::CredentialProvider);
        self.timeout_of(callback, scope, limit, is_stalled)
    }

    /// Returns the error for a fetch that exceeded its time limit. `callback` is the application callback that may have
    /// caused it.
    pub(crate) fn timeout_of(
        &self,
        callback: Option<CallbackKind>,
        scope: TimeoutScope,
        limit: Duration,
        is_stalled: bool,
    ) -> Error {
        Error::Timeout(Arc::new(TimeoutError {
            client: Arc::clone(&self.client),
            scope,
            limit,
            callback,
            is_stalled,
        }))
    }
}

impl RetryAfterGate {
    /// Returns how much longer requests are blocked.
    pub(crate) fn left(&self, now: Timestamp) -> Duration {
        let gate = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gate.as_ref()
            .map_or(Duration::ZERO, |(until, _)| until.elapsed_since(now))
    }

    pub(crate) fn error(&self, now: Timestamp) -> Option<Error> {
        let mut gate = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*gate {
            Some((until, error)) if now.since_boot() < until.since_boot() => Some(error.clone()),
            _ => {
                *gate = None;
                None
            }
        }
    }

    pub(crate) fn close(&self, now: Timestamp, error: &Error) {
        let Some(until) = error.retry_after().map(|wait| now.plus(wait)) else {
            return;
        };
        let mut gate = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if gate
            .as_ref()
            .is_none_or(|(last, _)| last.since_boot() < until.since_boot())
        {
            *gate = Some((until, error.clone()));
        }
    }
}

#[cfg(test)]
#[cfg(not(evergrant_loom))]
mod tests;
