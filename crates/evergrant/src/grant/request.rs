//! The part of a token request that the grant defines.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::TokenTypeIdentifier;
use crate::Secret;
use crate::assertion::SharedAssertionSource;
use crate::encoding::Form;
use crate::error::{Error, OAuthProviderError};
use crate::token_request_context::TokenRequestContext;

/// The parameters that a grant adds to a token request, and the rules for repeating the request. The `Debug` output
/// shows no values.
///
/// ```
/// use std::time::Duration;
/// use evergrant::GrantRequest;
///
/// let request = GrantRequest::new("urn:ietf:params:oauth:grant-type:device_code")
///     .secret_param("device_code", "not-a-real-code")
///     .without_scopes()
///     .polling(Duration::from_secs(600), |error| match error.code() {
///         Some("authorization_pending") => Some(Duration::from_secs(5)),
///         _ => None,
///     });
/// ```
#[derive(Clone)]
pub struct GrantRequest {
    /// Empty for another endpoint than the token endpoint.
    grant_type: String,
    parameters: Vec<(String, Secret)>,
    /// Parameters whose values are fetched for each attempt.
    assertions: Vec<(String, SharedAssertionSource)>,
    /// Whether an assertion may come from another party, such as the caller of a service.
    has_foreign_assertion: bool,
    issued_type: Option<TokenTypeIdentifier>,
    masked: Vec<Secret>,
    has_scopes: bool,
    single_use: bool,
    polling: Option<Polling>,
    /// The key that the refresh token is bound to.
    bound_key: Option<String>,
}

/// How a pending request is polled.
#[derive(Clone)]
struct Polling {
    limit: Duration,
    /// How long to wait before the first request.
    delay: Duration,
    pause: Arc<Pause>,
}

/// How much longer each `slow_down` makes the polling interval (RFC 8628 section 3.5).
const SLOW_DOWN: Duration = Duration::from_secs(5);

type Pause = dyn Fn(&OAuthProviderError) -> Option<Duration> + Send + Sync;

impl GrantRequest {
    /// Creates a token request with this `grant_type`: a registered name or a URI (RFC 6749 section 4.5).
    pub fn new(grant_type: impl Into<String>) -> Self {
        Self {
            grant_type: grant_type.into(),
            parameters: Vec::new(),
            assertions: Vec::new(),
            has_foreign_assertion: false,
            issued_type: None,
            masked: Vec::new(),
            has_scopes: true,
            single_use: false,
            polling: None,
            bound_key: None,
        }
    }

    /// Adds a parameter that is not secret to the token request.
    #[must_use]
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), Secret::new(value)));
        self
    }

    /// Adds a secret parameter to the token request. Its value is masked in errors.
    #[must_use]
    pub fn secret_param(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        let value = value.into();
        self.masked.push(value.clone());
        self.parameters.push((name.into(), value));
        self
    }

    /// Adds a secret parameter whose value comes from an [assertion source](crate::assertion). The source is called
    /// before each attempt to send the token request. The time that it takes counts towards the [time limit of the
    /// attempt](crate::TimeLimits::attempt). The value is masked in errors.
    #[must_use]
    pub fn assertion(mut self, name: impl Into<String>, source: impl Into<SharedAssertionSource>) -> Self {
        self.assertions.push((name.into(), source.into()));
        self
    }

    /// Declares that an assertion of this request may come from another party. If the server rejects the request, no
    /// assertion is replaced: a caller could otherwise make a service replace its own token.
    pub(crate) fn with_foreign_assertion(mut self) -> Self {
        self.has_foreign_assertion = true;
        self
    }

    /// Sets the expected `issued_token_type` (RFC 8693 section 2.2.1). A response with another type is an error. A
    /// response without this member is accepted.
    #[must_use]
    pub fn expect_issued_type(mut self, token_type: impl Into<TokenTypeIdentifier>) -> Self {
        self.issued_type = Some(token_type.into());
        self
    }

    /// Omits the parameter `scope`, for a request whose scopes are determined already, such as one with an
    /// authorization code. The server may reject such a request if it repeats scopes that were not granted.
    #[must_use]
    pub fn without_scopes(mut self) -> Self {
        self.has_scopes = false;
        self
    }

    /// Declares that the server may accept the token request only once. One attempt may then take the whole [time limit
    /// of the fetch](crate::TimeLimits::fetch), and a request without a response is not repeated.
    #[must_use]
    pub fn single_use(mut self) -> Self {
        self.single_use = true;
        self
    }

    /// Repeats the token request while the user has not approved it yet (polling, RFC 8628 section 3.5).
    ///
    /// `pause` receives each error response, and returns the time until the next request, or `None` if the error is
    /// final. A pause of less than 1 s counts as 1 s. If there is no response, the last pause doubles. After `limit`,
    /// no further request is sent, and the last error is returned.
    ///
    /// Pass the request to [`TokenManager::redeem`](crate::TokenManager::redeem). If a
    /// [`Repeatable`](crate::Repeatable) grant returns such a request, the manager's [time limit of a
    /// fetch](crate::TimeLimits::fetch) applies even if `limit` is longer.
    #[must_use]
    pub fn polling(
        mut self,
        limit: Duration,
        pause: impl Fn(&OAuthProviderError) -> Option<Duration> + Send + Sync + 'static,
    ) -> Self {
        let pause = Arc::new(pause);
        let delay = Duration::ZERO;
        self.polling = Some(Polling { limit, delay, pause });
        self
    }

    /// Creates a request to another endpoint than the token endpoint: without a `grant_type`.
    pub(crate) fn to_other_endpoint() -> Self {
        Self::new("").without_scopes()
    }

    /// Masks further secrets in errors, which a response may contain.
    pub(crate) fn masking<'a>(mut self, secrets: impl Iterator<Item = &'a Secret>) -> Self {
        self.masked.extend(secrets.cloned());
        self
    }

    /// Creates a refresh request (RFC 6749 section 6). `bound_key` is the key of the proof that the server requires.
    pub(crate) fn refresh_token(token: &Secret, bound_key: Option<String>) -> Self {
        let request = Self::new("refresh_token")
            .secret_param("refresh_token", token.clone())
            .without_scopes()
            .single_use();
        Self { bound_key, ..request }
    }

    /// Creates a request with a code (RFC 6749 section 4.1.3) and its verifier (RFC 7636 section 4.5).
    pub(crate) fn authorization_code(code: Secret, redirect_uri: &str, code_verifier: Secret) -> Self {
        Self::new("authorization_code")
            .secret_param("code", code)
            .param("redirect_uri", redirect_uri)
            .secret_param("code_verifier", code_verifier)
            .without_scopes()
            .single_use()
    }

    /// Creates a request with a device code (RFC 8628 section 3.4). It is polled in this interval, within this limit.
    pub(crate) fn device_code(code: Secret, interval: Duration, limit: Duration) -> Self {
        let slowed_down = AtomicU32::new(0);
        let pause = move |error: &OAuthProviderError| {
            match error.code() {
                // The interval is longer for all further requests (RFC 8628 section 3.5).
                Some("slow_down") => {
                    slowed_down.fetch_add(1, Ordering::Relaxed);
                }
                Some("authorization_pending") => {}
                _ if error.is_retryable() => {}
                _ => return None,
            }
            Some(interval.saturating_add(SLOW_DOWN * slowed_down.load(Ordering::Relaxed)))
        };
        let mut request = Self::new("urn:ietf:params:oauth:grant-type:device_code")
            .secret_param("device_code", code)
            .without_scopes()
            .single_use()
            .polling(limit, pause);
        if let Some(polling) = &mut request.polling {
            polling.delay = interval.min(limit);
        }
        request
    }

    /// Returns the request with the assertions for one attempt.
    pub(crate) async fn with_assertions(&self, context: TokenRequestContext<'_>) -> Result<Cow<'_, Self>, Error> {
        let mut request = Cow::Borrowed(self);
        for (name, source) in &self.assertions {
            let assertion = source.assertion(context).await?;
            request = Cow::Owned(request.into_owned().secret_param(name, assertion));
        }
        Ok(request)
    }

    /// Reports the assertions of this request as rejected. Returns whether a source returns another one. The response
    /// does not say which of them the server rejected.
    pub(crate) fn reject_assertions(&self) -> bool {
        if self.has_foreign_assertion {
            return false;
        }
        let rejected = self.assertions.iter().filter(|(name, source)| {
            let sent = self.parameters.iter().find(|(sent, _)| sent == name);
            sent.is_some_and(|(_, assertion)| source.reject(assertion))
        });
        rejected.count() > 0
    }

    /// Returns the type of the token that the server must issue, if the client requested one.
    pub(crate) fn issued_type(&self) -> Option<&TokenTypeIdentifier> {
        self.issued_type.as_ref()
    }

    pub(crate) fn write(&self, form: &mut Form) {
        if !self.grant_type.is_empty() {
            form.add("grant_type", &self.grant_type);
        }
        for (name, value) in &self.parameters {
            form.add(name, value.expose());
        }
    }

    pub(crate) fn grant_type(&self) -> &str {
        &self.grant_type
    }

    /// Returns the names of the parameters.
    fn names(&self) -> impl Iterator<Item = &str> {
        let assertions = self.assertions.iter().map(|(name, _)| name.as_str());
        self.parameters.iter().map(|(name, _)| name.as_str()).chain(assertions)
    }

    /// Returns the values to mask in errors.
    pub(crate) fn masked(&self) -> impl Iterator<Item = &Secret> {
        self.masked.iter()
    }

    pub(crate) fn has_scopes(&self) -> bool {
        self.has_scopes
    }

    pub(crate) fn is_single_use(&self) -> bool {
        self.single_use
    }

    pub(crate) fn is_refresh(&self) -> bool {
        self.grant_type == "refresh_token"
    }

    /// Returns the key that the refresh token is bound to.
    pub(crate) fn bound_key(&self) -> Option<&str> {
        self.bound_key.as_deref()
    }

    /// Returns whether the request is polled.
    pub(crate) fn is_polled(&self) -> bool {
        self.polling.is_some()
    }

    /// Returns the pause before the request is repeated after this error; `None` if the error is final.
    pub(crate) fn pause_after(&self, error: &OAuthProviderError) -> Option<Duration> {
        (self.polling.as_ref()?.pause)(error)
    }

    /// Returns how long to wait before the first request.
    pub(crate) fn polling_delay(&self) -> Duration {
        self.polling.as_ref().map_or(Duration::ZERO, |polling| polling.delay)
    }

    /// Returns how long the request may be polled.
    pub(crate) fn polling_limit(&self) -> Duration {
        self.polling.as_ref().map_or(Duration::ZERO, |polling| polling.limit)
    }
}

impl fmt::Debug for GrantRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrantRequest")
            .field("grant_type", &self.grant_type)
            .field("parameters", &self.names().collect::<Vec<_>>())
            .field("single_use", &self.single_use)
            .finish_non_exhaustive()
    }
}
