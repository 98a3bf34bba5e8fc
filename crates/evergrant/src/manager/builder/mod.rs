//! Puts a manager together.

mod check;
mod fleet;
mod settings;
#[cfg(feature = "sign-in")]
mod sign_in;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub(super) use self::check::check_preset;
use self::fleet::FleetDraft;
use super::TokenManager;
use super::backoff::QuietPolicy;
use super::deadline::{LifetimePolicy, Renewal, Skew};
use super::fleet::Fleet;
use super::lifecycle::{Lifecycle, Policy, Style};
use super::provider::{SharedTokenProvider, Source};
use super::updates::{UpdateCallback, Updates};
use crate::Secret;
use crate::client_auth::ClientAuth;
use crate::error::{BuildError, ClientContext};
use crate::exchange::{
    ClientSecrets, CredentialProvider, CredentialSource, Credentials, Exchange, RetryPolicy, ScopePolicy, Settings,
    SharedCredentialProvider, TokenEndpointOptions,
};
use crate::grant::Grant;
use crate::origin::PlaintextPolicy;
use crate::runtime::SharedRuntime;
use crate::scope::Scopes;
use crate::token::Token;
use crate::transport::SharedTransport;

/// Everything that a [`TokenManager`] can be told. Started by a grant: [`ClientCredentials`](crate::ClientCredentials),
/// [`Password`](crate::Password), [`AuthorizationCode`](crate::AuthorizationCode).
///
/// | setting | default |
/// |---|---|
/// | [`client_auth`](Self::client_auth) | `Basic`, percent-encoded |
/// | [`token_endpoint_options`](Self::token_endpoint_options) | none: requests and responses as RFC 6749 describes them |
/// | [`clock_skew`](Self::clock_skew) | 10 s, never more than a tenth of the lifetime; an explicit value is capped to half of it |
/// | [`renew_after`](Self::renew_after) | 75% of the lifetime, ±5% drawn once per token; with a token provider, on expiry |
/// | [`default_lifetime`](Self::default_lifetime) | none: a token without a stated lifetime is served until an API refuses it, and renewed after the last known lifetime, else an hour |
/// | [`attempt_timeout`](Self::attempt_timeout), [`flight_timeout`](Self::flight_timeout), [`max_wait`](Self::max_wait) | 5 s, 15 s, 5 s; time in which the process was stopped or its thread blocked does not count |
/// | [`retries`](Self::retries), [`retry_pause`](Self::retry_pause) | 2, full jitter from 100 ms; transient failures only. None for a renewal in the background that has more than `flight_timeout` left, and none within 30 s of a transient failure: the quiet window is the pause |
/// | [`quiet_window`](Self::quiet_window) | 1 s, doubling to 30 s (1 s while no valid token exists), ±20%; `Retry-After` when longer; at least 1 s after a 429 |
/// | [`quiet_window_after_refusal`](Self::quiet_window_after_refusal) | 30 s, ended at once by changed credentials |
/// | renewals because an API refused the token | 5 at once, one a minute after that: see [`TokenManager::reject`](crate::TokenManager::reject) |
/// | [`strict_scopes`](Self::strict_scopes) | off: fewer scopes than asked for give a warning event |
/// | [`store`](Self::store) | none: every manager has a token of its own. With one: [`store_timeout`](Self::store_timeout) 1 s, [`lease_term`](Self::lease_term) 3 s |
/// | encryption | https required, but for loopback and [`danger_allow_http_to`](Self::danger_allow_http_to) |
#[must_use = "a builder does nothing until `build` is called"]
pub struct TokenManagerBuilder {
    grant: Grant,
    client_id: String,
    credentials: CredentialSource,
    auth: ClientAuth,
    token_url: Option<String>,
    scopes: Scopes,
    parameters: Vec<(String, String)>,
    options: TokenEndpointOptions,
    #[cfg(feature = "sign-in")]
    sign_in: sign_in::Draft,
    scope_policy: ScopePolicy,
    token: Option<Token>,
    provider: Option<SharedTokenProvider>,
    on_update: Option<UpdateCallback>,
    style: Style,
    skew: Skew,
    renewal: Option<f64>,
    default_lifetime: Option<Duration>,
    attempt_timeout: Duration,
    flight_timeout: Duration,
    max_wait: Duration,
    retries: RetryPolicy,
    quiet: QuietPolicy,
    plaintext: PlaintextPolicy,
    fleet: FleetDraft,
    runtime: SharedRuntime,
}

/// The share of a lifetime after which a token is renewed.
const RENEW_AFTER: f64 = 0.75;

impl TokenManagerBuilder {
    /// For a client with a fixed secret.
    pub(crate) fn with_secret(grant: Grant, client_id: impl Into<String>, secret: impl Into<Secret>) -> Self {
        let secrets = CredentialSource::Fixed(ClientSecrets::new(secret));
        Self::new(grant, client_id.into(), secrets)
    }

    /// For a client whose secret is read before each attempt.
    pub(crate) fn with_provider(grant: Grant, client_id: impl Into<String>, provider: impl CredentialProvider) -> Self {
        let provider = CredentialSource::Provider(SharedCredentialProvider::new(provider));
        Self::new(grant, client_id.into(), provider)
    }

    /// For a client without a secret.
    pub(crate) fn public(grant: Grant, client_id: impl Into<String>) -> Self {
        Self::with_secret(grant, client_id, "").client_auth(ClientAuth::None)
    }

    fn new(grant: Grant, client_id: String, credentials: CredentialSource) -> Self {
        Self {
            grant,
            client_id,
            credentials,
            auth: ClientAuth::default(),
            token_url: None,
            scopes: Scopes::default(),
            parameters: Vec::new(),
            options: TokenEndpointOptions::default(),
            #[cfg(feature = "sign-in")]
            sign_in: sign_in::Draft::default(),
            scope_policy: ScopePolicy::Warn,
            token: None,
            provider: None,
            on_update: None,
            style: Style::Automatic,
            skew: Skew::Default,
            renewal: None,
            default_lifetime: None,
            attempt_timeout: Duration::from_secs(5),
            flight_timeout: Duration::from_secs(15),
            max_wait: Duration::from_secs(5),
            retries: RetryPolicy {
                retries: 2,
                pause: Duration::from_millis(100),
            },
            quiet: QuietPolicy::default(),
            plaintext: PlaintextPolicy::default(),
            fleet: FleetDraft::default(),
            runtime: SharedRuntime::default(),
        }
    }

    /// Builds the manager. Nothing is sent, and no task is started.
    ///
    /// # Errors
    /// [`BuildError`] names the setting that cannot work.
    pub fn build(self, transport: impl Into<SharedTransport>) -> Result<TokenManager, BuildError> {
        let endpoint = self.check()?;
        let headers = self.options.check(&self.grant, self.auth)?;
        let transport = transport.into();
        self.plaintext.apply_relaxations()?;
        for relaxation in transport.relaxations() {
            relaxation.apply()?;
        }
        #[cfg(feature = "sign-in")]
        let sign_in = self.check_sign_in()?;
        let client = Arc::new(ClientContext::new(&self.client_id, &endpoint));
        let exchange = Exchange::new(Settings {
            client: Arc::clone(&client),
            endpoint,
            plaintext: self.plaintext,
            client_id: self.client_id,
            auth: self.auth,
            credentials: Arc::new(Credentials::new(self.credentials)),
            grant: self.grant,
            scopes: self.scopes,
            parameters: self.parameters,
            options: self.options,
            headers,
            scope_policy: self.scope_policy,
            attempt_timeout: self.attempt_timeout,
            flight_timeout: self.flight_timeout,
            retries: self.retries,
            transport,
            runtime: self.runtime,
            closed: Arc::default(),
        });
        let renewal = match (self.style, self.renewal, &self.provider) {
            (Style::Manual, _, _) | (_, None, Some(_)) => Renewal::WhenExpired,
            (_, share, _) => Renewal::Early {
                share: share.unwrap_or(RENEW_AFTER),
            },
        };
        let policy = Policy {
            style: self.style,
            lifetime: LifetimePolicy {
                skew: self.skew,
                renewal,
                default_lifetime: self.default_lifetime,
            },
            quiet: self.quiet,
            max_wait: self.max_wait,
        };
        let fleet = self.fleet.settings();
        let fleet = fleet.map(|fleet| Fleet::new(fleet, exchange.settings(), policy.lifetime, policy.quiet));
        let source = Source {
            exchange,
            provider: self.provider,
            fleet: fleet.map(Arc::new),
        };
        let updates = Updates::new(self.on_update, &client);
        Ok(TokenManager {
            lifecycle: Lifecycle::new(client, source, policy, updates, self.token.as_ref()),
            #[cfg(feature = "sign-in")]
            sign_in: sign_in.map(Arc::new),
        })
    }
}

impl fmt::Debug for TokenManagerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenManagerBuilder")
            .field("grant", &self.grant)
            .field("client_id", &self.client_id)
            .field("auth", &self.auth)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
