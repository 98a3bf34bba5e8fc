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
    /// Sets the URL of the token endpoint (RFC 6749 section 3.2). Required without an [`issuer`](Self::issuer).
    pub fn token_url(mut self, url: impl Into<String>) -> Self {
        self.token_url = Some(url.into());
        self
    }

    /// Adds scopes that token requests ask for. Pass variants of an enum that implements [`Scope`], or strings.
    pub fn scopes<S: Scope>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes.extend(scopes);
        self
    }

    /// Adds an `audience` parameter to token requests, which some servers require. Call it several times for several
    /// audiences.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.param("audience", audience)
    }

    /// Adds a `resource` parameter to token requests (RFC 8707 section 2). Call it several times for several resources.
    pub fn resource(self, resource: impl Into<String>) -> Self {
        self.param("resource", resource)
    }

    /// Sets the authorization details to request (RFC 9396): a JSON array of objects with the member `type`, which
    /// express more than scopes can. They are sent with token requests and authorization requests, but not with a code
    /// or a refresh token, which have theirs already. The granted details are in
    /// [`Token::authorization_details`](crate::Token::authorization_details).
    ///
    /// The JSON is sent without spaces, with the members of each object in the order of their names. The [store
    /// key](crate::store::StoreKey) contains it in this form, so that managers with equal details share a token.
    /// Building the manager fails with [`BuildError::InvalidSetting`](crate::BuildError::InvalidSetting) for other
    /// JSON, or for more than 64 KiB.
    ///
    /// ```
    /// use evergrant::ClientCredentials;
    ///
    /// let builder = ClientCredentials::builder("client-id", "not-a-real-secret")
    ///     .token_url("https://auth.example.com/oauth2/token")
    ///     .authorization_details(r#"[{"type": "account_information", "actions": ["read_balances"]}]"#);
    /// ```
    pub fn authorization_details(mut self, json: impl Into<String>) -> Self {
        self.authorization_details = Some(json.into());
        self
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

    /// Sets the issuer identifier of the authorization server (`issuer` in its metadata, RFC 8414 section 2). Default:
    /// none.
    ///
    /// Without a [`token_url`](Self::token_url), the manager fetches the server's metadata, which contains the URLs of
    /// all endpoints (RFC 8414, OpenID Connect Discovery). See [`discovery`](crate::discovery) for the URLs of the
    /// metadata, and for its checks. The metadata is:
    ///
    /// - **Fetched** before the first token request, once for all managers that are derived from this one (such as
    ///   those of [`with_scopes`](crate::TokenManager::with_scopes)). Building the manager sends nothing.
    /// - **Cached** for the `max-age` of the response, at least 5 minutes and at most 24 hours; without `max-age`, for
    ///   one hour.
    /// - **Renewed** in the background. If the renewal fails, the cached metadata stays in use. If a token request
    ///   fails as if the endpoint had moved (not found, not reachable, redirected), the metadata is fetched again at
    ///   once. If the metadata has changed, the token request is sent again.
    /// - **Checked**: a client authentication method or a grant type that is not in the metadata's list is an error,
    ///   which names those in the list. The token request is then not sent. If the metadata has no list, any value is
    ///   allowed. For servers that support more than they list, set
    ///   [`allow_unlisted`](TokenEndpointOptions::allow_unlisted).
    ///
    /// With a `token_url`, no metadata is fetched. In both cases, client assertions can use the issuer as their
    /// audience, and a redirect of a sign-in is rejected if its parameter `iss` names another issuer (RFC 9207). With a
    /// `token_url`, a redirect without `iss` is rejected too. Without a `token_url`, a redirect without `iss` is
    /// rejected only if the metadata announces `iss`.
    ///
    /// ```
    /// use evergrant::ClientCredentials;
    ///
    /// # async fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
    /// let tokens = ClientCredentials::builder("client-id", "not-a-real-secret")
    ///     .issuer("https://idp.example.com/realms/a")
    ///     .build(transport)?;
    /// let token = tokens.token().await?; // fetches the metadata, then the token
    /// # Ok(())
    /// # }
    /// ```
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets how the client authenticates at the token endpoint, in place of the method that was passed to the grant's
    /// `builder`.
    pub fn client_auth(mut self, auth: impl Into<SharedClientAuth>) -> Self {
        self.auth = auth.into();
        self
    }

    /// Treats a token response with fewer scopes than requested as an error. By default, such a token is used, and the
    /// event `evergrant.scope_narrowed` is emitted.
    pub fn strict_scopes(mut self) -> Self {
        self.scope_policy = ScopePolicy::Strict;
        self
    }

    /// Sets the initial token of the manager, such as one that was stored earlier. If the token has expired, the
    /// manager uses only its refresh token.
    pub fn token(mut self, token: Token) -> Self {
        self.token = Some(token);
        self
    }

    /// Sets application code as the source of tokens, in place of the token endpoint. See [`TokenProvider`].
    pub fn token_provider(mut self, provider: impl TokenProvider) -> Self {
        self.provider = Some(SharedTokenProvider::new(provider));
        self
    }

    /// Sets the update callback. It is called with each new token that this manager fetches, renews or gets from the
    /// [token provider](Self::token_provider), for example to save the token. It is not called with the initial token
    /// or with a token of another process.
    ///
    /// The callback is called in the order of the tokens, on a thread that may block. A panic in the callback is
    /// reported as an event.
    pub fn on_token_update(mut self, callback: impl Fn(Token) + Send + Sync + 'static) -> Self {
        self.on_update = Some(Arc::new(callback));
        self
    }

    /// Enables manual mode: the application fetches tokens itself, and calls without a valid token fail before anything
    /// is sent. Use [`TokenManager::fetch_token`](crate::TokenManager::fetch_token) to fetch a token, and
    /// [`TokenManager::with_token`](crate::TokenManager::with_token) to use it.
    pub fn manual(mut self) -> Self {
        self.mode = Mode::Manual;
        self
    }

    /// Sets the clock skew: how long before its expiry a token is no longer used. The manager applies at most half of
    /// the token's lifetime. Default: 10 s, but at most a tenth of the token's lifetime.
    pub fn clock_skew(mut self, skew: Duration) -> Self {
        self.skew = Skew::Explicit(skew);
        self
    }

    /// Sets the share of a token's lifetime, above 0 and at most 1, after which the manager renews the token in the
    /// background. Default: 0.75. With a [token provider](Self::token_provider), the manager by default renews a token
    /// only when it expires.
    pub fn renew_after(mut self, share: f64) -> Self {
        self.renewal = Some(share);
        self
    }

    /// Sets the lifetime of tokens whose response has no `expires_in`. Default: none, so such a token is used until an
    /// API rejects it.
    pub fn default_lifetime(mut self, lifetime: Duration) -> Self {
        self.default_lifetime = Some(lifetime);
        self
    }

    /// Sets three time limits: of one token request (default 5 s), of fetching a token with all retries (15 s), and of
    /// a call that waits for a token (5 s).
    pub fn time_limits(mut self, limits: TimeLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the retries of a token request after a transient failure: their number, or a [`RetryPolicy`]. Default: 2.
    pub fn retries(mut self, retries: impl Into<RetryPolicy>) -> Self {
        self.retries = retries.into();
        self
    }

    /// Sets the back-off: how long the error of a failed token request is cached before the next request. Default: see
    /// [`FailureBackoff`].
    pub fn failure_backoff(mut self, backoff: FailureBackoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Sets the proof of possession that is sent with each request (such as DPoP), so that only this client can use the
    /// tokens.
    ///
    /// Each proof is valid for one request only, so authorize requests with an [`Authorizer`](crate::Authorizer), or
    /// with an HTTP client that uses one. [`TokenManager::authorize`](crate::TokenManager::authorize) returns
    /// [`Error::ProofRequired`](crate::Error::ProofRequired), because it receives only the headers of a request.
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
