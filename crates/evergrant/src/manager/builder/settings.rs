//! The settings of [`TokenManagerBuilder`] for all grants.

use std::sync::Arc;
use std::time::Duration;

use super::{FailureBackoff, TimeLimits, TokenManagerBuilder};
use crate::client_auth::SharedClientAuth;
use crate::grant::Grant;
use crate::manager::lifecycle::Mode;
use crate::manager::token_deadlines::Skew;
use crate::manager::token_provider::{SharedTokenProvider, TokenProvider};
use crate::origin::Origin;
use crate::proof::Proof;
use crate::runtime::SharedRuntime;
use crate::scope::Scope;
use crate::token::Token;
use crate::token_endpoint::{RetryPolicy, ScopePolicy, TokenEndpointOptions};

impl<G: Grant> TokenManagerBuilder<G> {
    /// Sets the URL of the token endpoint (RFC 6749 section 3.2). Required.
    pub fn token_url(mut self, url: impl Into<String>) -> Self {
        self.token_url = Some(url.into());
        self
    }

    /// Adds scopes to request: variants of an enum that implements [`Scope`], or strings.
    pub fn scopes<S: Scope>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes.extend(scopes);
        self
    }

    /// Adds an `audience` parameter, which some servers require. May be repeated.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.param("audience", audience)
    }

    /// Adds a `resource` parameter (RFC 8707 section 2). May be repeated.
    pub fn resource(self, resource: impl Into<String>) -> Self {
        self.param("resource", resource)
    }

    /// Adds a server-specific parameter, which is sent unchanged with every token request. Do not use it for secrets.
    ///
    /// Building the manager fails with [`BuildError::RepeatedParameter`](crate::BuildError::RepeatedParameter) if a
    /// parameter other than `resource` and `audience` is repeated (RFC 6749 section 3.2).
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// Sets options for a token endpoint that deviates from RFC 6749. Replaces the options of an earlier call.
    pub fn token_endpoint_options(mut self, options: TokenEndpointOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets the issuer identifier of the authorization server (`issuer` in its metadata, RFC 8414 section 2). Client
    /// assertions can use it as their audience, and a redirect from another issuer is rejected (RFC 9207). Default:
    /// none.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets the client authentication. Replaces the client authentication that was passed to the grant's `builder`.
    pub fn client_auth(mut self, auth: impl Into<SharedClientAuth>) -> Self {
        self.auth = auth.into();
        self
    }

    /// Fails the fetch when the server grants fewer scopes than requested. Default: a warning event.
    pub fn strict_scopes(mut self) -> Self {
        self.scope_policy = ScopePolicy::Strict;
        self
    }

    /// Sets the initial token, such as one that was stored earlier. An expired token is not served, but its refresh
    /// token is used.
    pub fn token(mut self, token: Token) -> Self {
        self.token = Some(token);
        self
    }

    /// Sets the application's own source of tokens; see [`TokenProvider`].
    pub fn token_provider(mut self, provider: impl TokenProvider) -> Self {
        self.provider = Some(SharedTokenProvider::new(provider));
        self
    }

    /// Sets a callback that is called with each new token that this manager fetches, renews or gets from the token
    /// provider, but not with the initial token or with another process's token.
    ///
    /// The callback is called in the order of the tokens, on a thread that may block. A panic in the callback is
    /// reported as an event.
    pub fn on_token_update(mut self, callback: impl Fn(Token) + Send + Sync + 'static) -> Self {
        self.on_update = Some(Arc::new(callback));
        self
    }

    /// Leaves fetching to the application: calls without a valid token fail before anything is sent. Use
    /// [`TokenManager::fetch_token`](crate::TokenManager::fetch_token) to fetch a token, and
    /// [`TokenManager::with_token`](crate::TokenManager::with_token) to use it.
    pub fn manual(mut self) -> Self {
        self.mode = Mode::Manual;
        self
    }

    /// Sets how long before its expiry a token is no longer served. Capped at half of the token's lifetime. Default: 10
    /// s, at most a tenth of the lifetime.
    pub fn clock_skew(mut self, skew: Duration) -> Self {
        self.skew = Skew::Explicit(skew);
        self
    }

    /// Sets the share of its lifetime after which a token is renewed in the background: above 0 and at most 1. Default:
    /// 0.75, or on expiry with a token provider.
    pub fn renew_after(mut self, share: f64) -> Self {
        self.renewal = Some(share);
        self
    }

    /// Sets the lifetime of tokens whose response has no `expires_in`. Default: none; such a token is served until an
    /// API rejects it.
    pub fn default_lifetime(mut self, lifetime: Duration) -> Self {
        self.default_lifetime = Some(lifetime);
        self
    }

    /// Sets the time limits of an attempt, a fetch and a waiting call. Default: 5 s, 15 s and 5 s.
    pub fn time_limits(mut self, limits: TimeLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the number of retries after a transient failure: an integer or a [`RetryPolicy`]. Default: 2.
    pub fn retries(mut self, retries: impl Into<RetryPolicy>) -> Self {
        self.retries = retries.into();
        self
    }

    /// Sets how long the error of a failed fetch is cached before the next fetch. Default: see [`FailureBackoff`].
    pub fn failure_backoff(mut self, backoff: FailureBackoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Sets the proof of possession to send with each request, so that only this client can use the tokens.
    ///
    /// Each proof is valid for one request only, so authorize requests with an [`Authorizer`](crate::Authorizer) or an
    /// HTTP client that uses one. [`TokenManager::authorize`](crate::TokenManager::authorize) receives only headers,
    /// and returns [`Error::ProofRequired`](crate::Error::ProofRequired).
    pub fn proof(mut self, proof: impl Proof) -> Self {
        self.proof = Some(Arc::new(proof));
        self
    }

    /// Allows sending the client's credentials without TLS to this origin, such as a sidecar of a service mesh.
    pub fn danger_allow_http_to(mut self, origin: Origin) -> Self {
        self.plaintext.danger_allow_http_to(origin);
        self
    }

    /// Sets the runtime, which provides the clock, timers and tasks. Default: tokio and the system clock.
    pub fn runtime(mut self, runtime: impl Into<SharedRuntime>) -> Self {
        self.runtime = runtime.into();
        self
    }
}
