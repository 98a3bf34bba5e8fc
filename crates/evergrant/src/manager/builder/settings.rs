//! What a manager can be told, setting by setting.

use std::sync::Arc;
use std::time::Duration;

use super::TokenManagerBuilder;
use crate::client_auth::ClientAuth;
use crate::exchange::{ScopePolicy, TokenEndpointOptions};
use crate::manager::deadline::Skew;
use crate::manager::lifecycle::Style;
use crate::manager::provider::{SharedTokenProvider, TokenProvider};
use crate::origin::Origin;
use crate::runtime::SharedRuntime;
use crate::scope::Scope;
use crate::token::Token;

impl TokenManagerBuilder {
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

    /// The `audience` parameter that some servers require; one that is given again is sent too.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.param("audience", audience)
    }

    /// Adds a `resource` to ask for (RFC 8707 section 2); may be repeated.
    pub fn resource(self, resource: impl Into<String>) -> Self {
        self.param("resource", resource)
    }

    /// Adds a parameter of the server's own, sent identically with every token request. Not for secrets.
    ///
    /// Building the manager fails with [`BuildError::RepeatedParameter`](crate::BuildError::RepeatedParameter) when it
    /// is given twice (RFC 6749 section 3.2), unless it is a `resource` or an `audience`.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// Settings for a token endpoint that differs from RFC 6749. Replaces those of an earlier call.
    pub fn token_endpoint_options(mut self, options: TokenEndpointOptions) -> Self {
        self.options = options;
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
    /// [`TokenManager::fetch_token`](crate::TokenManager::fetch_token) and
    /// [`TokenManager::with_token`](crate::TokenManager::with_token).
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

    /// The longest time that a call waits when no token is cached. As with the other limits, time in which the process
    /// was stopped (`SIGSTOP`, a frozen container) or the thread blocked does not count. A timer that fires over 250 ms
    /// late shows that. The part of the limit that it timed then starts over: a fifth of the limit, or a second if that
    /// is longer. A limit takes at most twice its length of running time.
    pub fn max_wait(mut self, limit: Duration) -> Self {
        self.max_wait = limit;
        self
    }

    /// How often a transient failure is met with another attempt before callers see it. A renewal in the background
    /// that has more than [`flight_timeout`](Self::flight_timeout) left makes one attempt, and comes back after the
    /// quiet window. So does a fetch within 30 s of a transient failure: while the server is down, one request follows
    /// each quiet window.
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
    /// `longest_without_token` while callers have nothing. The last one is the longest time for which callers fail after a server
    /// has come back, and while it is down, one request is made in each such time, if anybody asks.
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
}
