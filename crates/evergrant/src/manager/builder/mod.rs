//! The builder of a token manager.

mod assertion_grants;
mod authorization_code;
mod client_credentials;
mod common_settings;
mod custom_request;
mod device_authorization;
mod endpoint_urls;
mod password;
mod shared_store;
mod time_limits;
mod validation;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::USER_AGENT;

use self::authorization_code::SignInDraft;
pub(crate) use self::custom_request::CustomServer;
pub(super) use self::shared_store::check_sharing;
pub use self::time_limits::TimeLimits;
use self::validation::CheckedServer;
pub(super) use self::validation::check_initial_token;
use super::TokenManager;
use super::backoff::FailureBackoff;
use super::coordination::{Coordinator, Sharing};
use super::fetch::Source;
use super::lifecycle::{Lifecycle, Mode, Policy};
use super::token_deadlines::{LifetimePolicy, Renewal, Skew};
use super::token_provider::SharedTokenProvider;
use super::update_notifications::{UpdateCallback, Updates};
use crate::client_auth::SharedClientAuth;
use crate::discovery::{Discovery, Endpoint, IssuerCache};
use crate::error::{BuildError, ClientContext};
use crate::grant::{ClientCredentials, Grant, SharedGrant};
use crate::origin::PlaintextPolicy;
use crate::proof::SharedProof;
use crate::runtime::SharedRuntime;
use crate::scope::Scopes;
use crate::token::Token;
use crate::token_endpoint::{
    IdentityTransport, RetryPolicy, ScopePolicy, ServerLocation, Settings, TokenEndpoint, TokenEndpointOptions,
};
use crate::transport::SharedTransport;

/// Configures and builds a [`TokenManager`].
///
/// A grant creates the builder: [`ClientCredentials::builder`](crate::ClientCredentials::builder),
/// [`Password::builder`](crate::Password::builder), [`AuthorizationCode::builder`](crate::AuthorizationCode::builder),
/// [`DeviceAuthorization::builder`](crate::DeviceAuthorization::builder),
/// [`JwtBearer::builder`](crate::JwtBearer::builder), [`TokenExchange::builder`](crate::TokenExchange::builder), or
/// [`TokenManager::builder`] for a custom [`Grant`]. Only one of [`token_url`](Self::token_url) and
/// [`issuer`](Self::issuer) is required.
///
/// ```
/// use std::time::Duration;
/// use evergrant::{ClientCredentials, TimeLimits};
///
/// # fn run(transport: evergrant::SharedTransport) -> Result<(), evergrant::BuildError> {
/// let tokens = ClientCredentials::builder("client-id", "not-a-real-secret")
///     .token_url("https://auth.example.com/oauth2/token")
///     .scopes(["books.read"])
///     .time_limits(TimeLimits::new().wait(Duration::from_secs(2)))
///     .build(transport)?;
/// # Ok(())
/// # }
/// ```
///
/// # Settings
/// | Setting | Meaning | Default |
/// |---|---|---|
/// | **Token request** | | |
/// | [`token_url`](Self::token_url) | URL of the token endpoint | required without an issuer |
/// | [`client_auth`](Self::client_auth) | how the client authenticates | as passed to the grant's `builder`; a plain secret: HTTP Basic |
/// | [`scopes`](Self::scopes) | scopes to request | none |
/// | [`strict_scopes`](Self::strict_scopes) | treat fewer scopes than requested as an error | off: a warning event |
/// | [`audience`](Self::audience), [`resource`](Self::resource), [`param`](Self::param) | further request parameters | none |
/// | [`authorization_details`](Self::authorization_details) | authorization details to request, as JSON | none |
/// | [`issuer`](Self::issuer) | issuer identifier of the authorization server; without `token_url`, its metadata has the URLs of all endpoints | none |
/// | [`revocation_url`](Self::revocation_url) | URL of the revocation endpoint | from the issuer's metadata |
/// | [`introspection_url`](Self::introspection_url) | URL of the introspection endpoint | from the issuer's metadata |
/// | [`token_endpoint_options`](Self::token_endpoint_options) | options for servers that deviate from RFC 6749 | none |
/// | [`proof`](Self::proof) | proof of possession for each request | none: bearer tokens (RFC 6750) |
/// | [`danger_allow_http_to`](Self::danger_allow_http_to) | origin that may be reached without TLS | none: https required, except on loopback |
/// | **Lifetime and renewal** | | |
/// | [`clock_skew`](Self::clock_skew) | time before expiry during which a token is no longer served | 10 s, at most a tenth of the lifetime; an explicit value is capped at half of the lifetime |
/// | [`renew_after`](Self::renew_after) | share of the lifetime after which a token is renewed in the background | 0.75, ±5% drawn once per token; with a token provider: on expiry |
/// | [`default_lifetime`](Self::default_lifetime) | lifetime of tokens without `expires_in` | none: renewed in the background after the last known lifetime (or an hour), and served until an API rejects it |
/// | **Time limits and failures** | | |
/// | [`time_limits`](Self::time_limits) | limits of an attempt, a fetch and a waiting call | 5 s, 15 s and 5 s; see [`TimeLimits`] |
/// | [`retries`](Self::retries) | retries after a transient failure | 2, with full jitter from 100 ms; see [`RetryPolicy`] |
/// | [`failure_backoff`](Self::failure_backoff) | how long a failure is cached before the next fetch | doubling from 1 s to 30 s; fixed at 1 s while no valid token exists; ±20%; `Retry-After` if longer; 30 s after a rejection; see [`FailureBackoff`] |
/// | no setting | renewals after an API rejected the token | 5 at once, then one per minute; see [`TokenManager::reject`] |
/// | **Token source and sharing** | | |
/// | [`token`](Self::token) | initial token | none |
/// | [`token_provider`](Self::token_provider) | the application's own source of tokens | none: the token endpoint |
/// | [`manual`](Self::manual) | the application fetches tokens itself | off |
/// | [`on_token_update`](Self::on_token_update) | callback for each new token | none |
/// | [`store`](Self::store) | store through which processes share tokens | none: each manager has its own token; see [`Sharing`] |
/// | [`runtime`](Self::runtime) | clock and task spawning | tokio and the system clock |
///
/// `G` is the grant. A setting that only one grant has is available only on the builder of this grant: `grant_type` for
/// [`ClientCredentials`]; `authorization_url`, `pushed_authorization_url`, `redirect_uri`, `authorization_param` and
/// `danger_allow_missing_state` for [`AuthorizationCode`](crate::AuthorizationCode); `device_authorization_url` for it
/// and for [`DeviceAuthorization`](crate::DeviceAuthorization).
///
/// ```compile_fail,E0599
/// // Sign-in belongs to the authorization code grant.
/// let builder = evergrant::ClientCredentials::builder("client-id", "not-a-real-secret")
///     .authorization_url("https://auth.example.com/oauth2/authorize");
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct TokenManagerBuilder<G = ClientCredentials> {
    grant: G,
    client_id: String,
    auth: SharedClientAuth,
    token_url: Option<String>,
    custom_server: Option<CustomServer>,
    issuer: Option<String>,
    endpoint_urls: BTreeMap<Endpoint, String>,
    scopes: Scopes,
    parameters: Vec<(String, String)>,
    authorization_details: Option<String>,
    options: TokenEndpointOptions,
    sign_in: SignInDraft,
    scope_policy: ScopePolicy,
    token: Option<Token>,
    provider: Option<SharedTokenProvider>,
    on_update: Option<UpdateCallback>,
    mode: Mode,
    skew: Skew,
    renewal: Option<f64>,
    default_lifetime: Option<Duration>,
    limits: TimeLimits,
    retries: RetryPolicy,
    backoff: FailureBackoff,
    plaintext: PlaintextPolicy,
    sharing: Option<Sharing>,
    proof: Option<SharedProof>,
    runtime: SharedRuntime,
}

/// Default share of the lifetime after which a token is renewed.
const RENEW_AFTER: f64 = 0.75;

impl TokenManager {
    /// Returns a builder for a token manager with any [`Grant`], such as a custom one. The grants of this crate have
    /// their own `builder` functions.
    ///
    /// A plain secret as `auth` means [`ClientSecretBasic`](crate::client_auth::ClientSecretBasic). See
    /// [`client_auth`](crate::client_auth) for other client authentication methods.
    pub fn builder<G: Grant>(
        grant: G,
        client_id: impl Into<String>,
        auth: impl Into<SharedClientAuth>,
    ) -> TokenManagerBuilder<G> {
        TokenManagerBuilder {
            grant,
            client_id: client_id.into(),
            auth: auth.into(),
            token_url: None,
            custom_server: None,
            issuer: None,
            endpoint_urls: BTreeMap::new(),
            scopes: Scopes::default(),
            parameters: Vec::new(),
            authorization_details: None,
            options: TokenEndpointOptions::default(),
            sign_in: SignInDraft::default(),
            scope_policy: ScopePolicy::Warn,
            token: None,
            provider: None,
            on_update: None,
            mode: Mode::Automatic,
            skew: Skew::Default,
            renewal: None,
            default_lifetime: None,
            limits: TimeLimits::default(),
            retries: RetryPolicy::default(),
            backoff: FailureBackoff::default(),
            plaintext: PlaintextPolicy::default(),
            sharing: None,
            proof: None,
            runtime: SharedRuntime::default(),
        }
    }
}

impl<G: Grant> TokenManagerBuilder<G> {
    /// Hides the type of the grant, for code that chooses the grant at run time. Set grant-specific options first.
    ///
    /// ```
    /// use evergrant::{ClientCredentials, Password};
    ///
    /// # let has_user = true;
    /// let builder = match has_user {
    ///     true => Password::new("reader", "not-a-real-password").builder("client-id", "not-a-real-secret").boxed(),
    ///     false => ClientCredentials::builder("client-id", "not-a-real-secret").boxed(),
    /// };
    /// let builder = builder.token_url("https://auth.example.com/oauth2/token");
    /// ```
    pub fn boxed(self) -> TokenManagerBuilder<Box<dyn Grant>> {
        TokenManagerBuilder {
            grant: Box::new(self.grant),
            client_id: self.client_id,
            auth: self.auth,
            token_url: self.token_url,
            custom_server: self.custom_server,
            issuer: self.issuer,
            endpoint_urls: self.endpoint_urls,
            scopes: self.scopes,
            parameters: self.parameters,
            authorization_details: self.authorization_details,
            options: self.options,
            sign_in: self.sign_in,
            scope_policy: self.scope_policy,
            token: self.token,
            provider: self.provider,
            on_update: self.on_update,
            mode: self.mode,
            skew: self.skew,
            renewal: self.renewal,
            default_lifetime: self.default_lifetime,
            limits: self.limits,
            retries: self.retries,
            backoff: self.backoff,
            plaintext: self.plaintext,
            sharing: self.sharing,
            proof: self.proof,
            runtime: self.runtime,
        }
    }

    /// Builds the token manager. Sends nothing and starts no task. Token requests are sent through `transport`.
    ///
    /// # Errors
    /// [`BuildError`] names the invalid setting.
    pub fn build(mut self, transport: impl Into<SharedTransport>) -> Result<TokenManager, BuildError> {
        let server = self.check()?;
        self.add_authorization_details()?;
        let endpoint_urls = self.check_endpoint_urls()?;
        let headers = self.options.check(&self.auth)?;
        let transport = transport.into();
        self.plaintext.apply_relaxations()?;
        for relaxation in transport.relaxations() {
            relaxation.apply()?;
        }
        let sign_in = self.check_sign_in(&server)?;
        let client = Arc::new(ClientContext::new(&self.client_id, server.url()));
        let location = match server {
            CheckedServer::TokenUrl(url) => ServerLocation::url(url, self.issuer),
            CheckedServer::Issuer(issuer) => {
                let discovery = Discovery::new(transport.clone())
                    .with(self.plaintext.clone(), headers.get(USER_AGENT))
                    .time_limit(self.limits.attempt)
                    .runtime(self.runtime.clone());
                ServerLocation::Issuer(Arc::new(IssuerCache::new(discovery, issuer, &client)))
            }
        };
        let endpoint = TokenEndpoint::new(Settings {
            client: Arc::clone(&client),
            location,
            endpoint: Endpoint::Token,
            endpoint_urls: Arc::new(endpoint_urls),
            plaintext: self.plaintext,
            client_id: self.client_id,
            auth: self.auth,
            credentials: Arc::default(),
            proof: self.proof,
            grant: SharedGrant::new(self.grant),
            custom_request: self.custom_server.map(|server| server.request),
            scopes: self.scopes,
            parameters: self.parameters,
            options: self.options,
            headers,
            scope_policy: self.scope_policy,
            attempt_timeout: self.limits.attempt,
            fetch_timeout: self.limits.fetch,
            retries: self.retries,
            transport: Arc::new(IdentityTransport::new(transport)),
            runtime: self.runtime,
            retry_after_gate: Arc::default(),
        });
        let renewal = match (self.mode, self.renewal, &self.provider) {
            (Mode::Manual, _, _) | (_, None, Some(_)) => Renewal::WhenExpired,
            (_, share, _) => Renewal::Early {
                share: share.unwrap_or(RENEW_AFTER),
            },
        };
        let policy = Policy {
            mode: self.mode,
            lifetime: LifetimePolicy {
                skew: self.skew,
                renewal,
                default_lifetime: self.default_lifetime,
            },
            backoff: self.backoff,
            max_wait: self.limits.wait,
        };
        let coordinator = self.sharing.map(|sharing| {
            let settings = endpoint.settings();
            Arc::new(Coordinator::new(sharing, settings, policy.lifetime, policy.backoff))
        });
        let source = Source {
            endpoint,
            provider: self.provider,
        };
        let updates = Updates::new(self.on_update, &client);
        Ok(TokenManager {
            lifecycle: Lifecycle::new(client, source, coordinator, policy, updates, self.token.as_ref()),
            sign_in: sign_in.map(Arc::new),
        })
    }
}

impl<G: Grant> fmt::Debug for TokenManagerBuilder<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenManagerBuilder")
            .field("grant", &self.grant.name())
            .field("client_id", &self.client_id)
            .field("auth", &self.auth.name())
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
