//! Puts a manager together, and refuses what cannot work before anything is sent.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::TokenManager;
use super::backoff::QuietPolicy;
use super::deadline::{LifetimePolicy, Renewal, Skew};
use super::lifecycle::{Lifecycle, Policy, Style};
use super::provider::{SharedTokenProvider, Source, TokenProvider};
use super::updates::{UpdateCallback, Updates};
use crate::client_auth::ClientAuth;
use crate::error::{BuildError, ClientContext};
use crate::exchange::{Closed, CredentialSource, Credentials, Exchange, RetryPolicy, ScopePolicy, Settings};
use crate::grant::Grant;
use crate::origin::{self, Origin, PlaintextPolicy};
use crate::runtime::SharedRuntime;
use crate::scope::{Scope, Scopes};
use crate::token::Token;
use crate::transport::SharedTransport;

/// Everything that a [`TokenManager`] can be told. Started by [`ClientCredentials`](crate::ClientCredentials).
///
/// | setting | default |
/// |---|---|
/// | [`client_auth`](Self::client_auth) | `Basic`, percent-encoded |
/// | [`clock_skew`](Self::clock_skew) | 10 s, never more than a tenth of the lifetime; an explicit value is capped to half of it |
/// | [`renew_after`](Self::renew_after) | 75% of the lifetime, ±5% drawn once per token; with a token provider, on expiry |
/// | [`default_lifetime`](Self::default_lifetime) | none: a token without a stated lifetime is served until an API refuses it, and renewed after the last known lifetime, else an hour |
/// | [`attempt_timeout`](Self::attempt_timeout), [`flight_timeout`](Self::flight_timeout), [`max_wait`](Self::max_wait) | 5 s, 15 s, 5 s |
/// | [`retries`](Self::retries), [`retry_pause`](Self::retry_pause) | 2, full jitter from 100 ms; transient failures only |
/// | [`quiet_window`](Self::quiet_window) | 1 s, doubling to 30 s (5 s while no valid token exists), ±20%; `Retry-After` when longer; at least 1 s after a 429 |
/// | [`quiet_window_after_refusal`](Self::quiet_window_after_refusal) | 30 s, ended at once by changed credentials |
/// | [`strict_scopes`](Self::strict_scopes) | off: fewer scopes than asked for give a warning event |
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
    runtime: SharedRuntime,
}

/// The share of a lifetime after which a token is renewed.
const RENEW_AFTER: f64 = 0.75;

impl TokenManagerBuilder {
    pub(crate) fn new(grant: Grant, client_id: String, credentials: CredentialSource) -> Self {
        Self {
            grant,
            client_id,
            credentials,
            auth: ClientAuth::default(),
            token_url: None,
            scopes: Scopes::default(),
            parameters: Vec::new(),
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
            runtime: SharedRuntime::default(),
        }
    }

    /// The token endpoint (RFC 6749 section 3.2). Required.
    pub fn token_url(mut self, url: impl Into<String>) -> Self {
        self.token_url = Some(url.into());
        self
    }

    /// Adds scopes to ask for: an API's scope enumeration or plain strings.
    pub fn scopes<S: Scope>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes.extend(scopes);
        self
    }

    /// The `audience` parameter that some servers require.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.param("audience", audience)
    }

    /// Adds a `resource` to ask for (RFC 8707 section 2); may be repeated.
    pub fn resource(self, resource: impl Into<String>) -> Self {
        self.param("resource", resource)
    }

    /// Adds a parameter of the server's own, sent identically with every token request. Not for secrets.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// How the client authenticates at the token endpoint.
    pub fn client_auth(mut self, auth: ClientAuth) -> Self {
        self.auth = auth;
        self
    }

    /// Makes it an error when the server grants fewer scopes than asked for.
    pub fn strict_scopes(mut self) -> Self {
        self.scope_policy = ScopePolicy::Strict;
        self
    }

    /// Starts from a token that was stored earlier. An expired one counts as missing.
    pub fn token(mut self, token: Token) -> Self {
        self.token = Some(token);
        self
    }

    /// Takes tokens from the application; see [`TokenProvider`].
    pub fn token_provider(mut self, provider: impl TokenProvider) -> Self {
        self.provider = Some(SharedTokenProvider::new(provider));
        self
    }

    /// Calls back with each new token from a fetch, a renewal or the provider, in order, on a thread where it may block.
    /// Not for a preset or reused token. A panic in it is reported as an event.
    pub fn on_token_update(mut self, callback: impl Fn(Token) + Send + Sync + 'static) -> Self {
        self.on_update = Some(Arc::new(callback));
        self
    }

    /// Leaves fetching to the application: calls without a token, or with an expired one, fail before anything is sent. See
    /// [`TokenManager::fetch_token`] and [`TokenManager::with_token`].
    pub fn manual(mut self) -> Self {
        self.style = Style::Manual;
        self
    }

    /// How long before its expiry a token is no longer served.
    pub fn clock_skew(mut self, skew: Duration) -> Self {
        self.skew = Skew::Explicit(skew);
        self
    }

    /// The share of a token's lifetime after which it is renewed in the background, above 0 and at most 1.
    pub fn renew_after(mut self, share: f64) -> Self {
        self.renewal = Some(share);
        self
    }

    /// The lifetime of tokens whose response states none.
    pub fn default_lifetime(mut self, lifetime: Duration) -> Self {
        self.default_lifetime = Some(lifetime);
        self
    }

    /// The limit of one request to the token endpoint.
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = limit;
        self
    }

    /// The limit of all attempts for one token together.
    pub fn flight_timeout(mut self, limit: Duration) -> Self {
        self.flight_timeout = limit;
        self
    }

    /// How long a caller waits who has nothing to serve.
    pub fn max_wait(mut self, limit: Duration) -> Self {
        self.max_wait = limit;
        self
    }

    /// How often a transient failure is met with another attempt before callers see it.
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries.retries = retries;
        self
    }

    /// The range from which the pause before the first retry is drawn; it doubles with each further one.
    pub fn retry_pause(mut self, pause: Duration) -> Self {
        self.retries.pause = pause;
        self
    }

    /// How long a failure is remembered: `first` after the first, doubling up to `longest`, but never above
    /// `longest_without_token` while callers have nothing.
    pub fn quiet_window(mut self, first: Duration, longest: Duration, longest_without_token: Duration) -> Self {
        self.quiet.first = first;
        self.quiet.longest = longest;
        self.quiet.longest_without_token = longest_without_token;
        self
    }

    /// How long a refusal is remembered that only a change of configuration can end, such as `invalid_client`.
    pub fn quiet_window_after_refusal(mut self, window: Duration) -> Self {
        self.quiet.refused = window;
        self
    }

    /// Lets the client's secret travel unencrypted to this one origin, such as a sidecar of a service mesh.
    pub fn danger_allow_http_to(mut self, origin: Origin) -> Self {
        self.plaintext.danger_allow_http_to(origin);
        self
    }

    /// Time and tasks from elsewhere than tokio and the system clock.
    pub fn runtime(mut self, runtime: impl Into<SharedRuntime>) -> Self {
        self.runtime = runtime.into();
        self
    }

    /// Builds the manager. Nothing is sent, and no task is started.
    ///
    /// # Errors
    /// [`BuildError`] names the setting that cannot work.
    pub fn build(self, transport: impl Into<SharedTransport>) -> Result<TokenManager, BuildError> {
        let endpoint = self.check()?;
        let client = Arc::new(ClientContext::new(&self.client_id, &endpoint));
        let exchange = Exchange::new(Settings {
            client: Arc::clone(&client),
            endpoint,
            client_id: self.client_id,
            auth: self.auth,
            credentials: Credentials::new(self.credentials),
            grant: self.grant,
            scopes: self.scopes,
            parameters: self.parameters,
            scope_policy: self.scope_policy,
            attempt_timeout: self.attempt_timeout,
            flight_timeout: self.flight_timeout,
            retries: self.retries,
            transport: transport.into(),
            runtime: self.runtime,
            closed: Closed::default(),
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
        let source = Source {
            exchange,
            provider: self.provider,
        };
        let updates = Updates::new(self.on_update, &client);
        Ok(TokenManager {
            lifecycle: Lifecycle::new(client, source, policy, updates, self.token.as_ref()),
        })
    }

    fn check(&self) -> Result<Url, BuildError> {
        if self.client_id.is_empty() {
            return Err(BuildError::EmptyClientId);
        }
        if let Some(scope) = self.scopes.first_invalid() {
            return Err(BuildError::InvalidScope {
                scope: scope.to_owned(),
            });
        }
        for (name, _) in &self.parameters {
            let instead = match name.as_str() {
                "grant_type" => "the grant's own constructor",
                "scope" => "scopes(..)",
                "client_id" => "the grant's constructor",
                "client_secret" => "the grant's constructor, and client_auth(ClientAuth::Post)",
                _ => continue,
            };
            let name = name.clone();
            return Err(BuildError::ReservedParameter { name, instead });
        }
        if self.renewal.is_some_and(|share| !(share > 0.0 && share <= 1.0)) {
            return Err(BuildError::OutOfRange {
                setting: "renew_after",
                expected: "above 0 and at most 1",
            });
        }
        let limits = [
            ("attempt_timeout", self.attempt_timeout),
            ("flight_timeout", self.flight_timeout),
            ("max_wait", self.max_wait),
        ];
        if let Some((setting, _)) = limits.into_iter().find(|(_, limit)| limit.is_zero()) {
            let expected = "longer than zero";
            return Err(BuildError::OutOfRange { setting, expected });
        }
        if let Some(token) = &self.token {
            check_preset(token)?;
        }
        let url = self.token_url.as_deref().ok_or(BuildError::MissingTokenUrl)?;
        origin::check_endpoint("token_url", url, &self.plaintext)
    }
}

pub(super) fn check_preset(token: &Token) -> Result<(), BuildError> {
    if token.access_token().fits_header() {
        Ok(())
    } else {
        Err(BuildError::InvalidToken)
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
