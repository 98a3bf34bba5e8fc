//! The part of a token request that the grant defines.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::Secret;
use crate::encoding::Form;
use crate::error::OAuthProviderError;

/// The parameters that a grant adds to a token request, and how often the request may be sent. `Debug` shows no values.
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
    grant_type: String,
    parameters: Vec<(String, Secret)>,
    masked: Vec<Secret>,
    has_scopes: bool,
    single_use: bool,
    polling: Option<Polling>,
}

/// How a pending request is polled.
#[derive(Clone)]
struct Polling {
    limit: Duration,
    pause: Arc<Pause>,
}

type Pause = dyn Fn(&OAuthProviderError) -> Option<Duration> + Send + Sync;

impl GrantRequest {
    /// Creates a request with this `grant_type`: a registered name or a URI (RFC 6749 section 4.5).
    pub fn new(grant_type: impl Into<String>) -> Self {
        Self {
            grant_type: grant_type.into(),
            parameters: Vec::new(),
            masked: Vec::new(),
            has_scopes: true,
            single_use: false,
            polling: None,
        }
    }

    /// Adds a non-secret parameter to the request.
    #[must_use]
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), Secret::new(value)));
        self
    }

    /// Adds a secret parameter to the request. Its value is masked in errors.
    #[must_use]
    pub fn secret_param(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        let value = value.into();
        self.masked.push(value.clone());
        self.parameters.push((name.into(), value));
        self
    }

    /// Omits the parameter `scope`, for a request whose scopes are already determined, such as one with a code. The
    /// server may reject the scopes if it has granted fewer than requested.
    #[must_use]
    pub fn without_scopes(mut self) -> Self {
        self.has_scopes = false;
        self
    }

    /// Marks the request as single-use: the server may accept it only once. Such a request may take the whole time
    /// limit of the fetch, and is not repeated if its outcome is unknown.
    #[must_use]
    pub fn single_use(mut self) -> Self {
        self.single_use = true;
        self
    }

    /// Repeats the request (polling) while the user's approval is pending (RFC 8628 section 3.5).
    ///
    /// `pause` returns the time until the next request, at least 1 s, or `None` if the error is final. After a missing
    /// response, the last pause doubles. No request starts after `limit`; the last error is then returned.
    ///
    /// Use this with [`TokenManager::redeem`](crate::TokenManager::redeem). A fetch of a
    /// [`Repeatable`](crate::Repeatable) grant ends at the manager's own time limit even if `limit` is longer.
    #[must_use]
    pub fn polling(
        mut self,
        limit: Duration,
        pause: impl Fn(&OAuthProviderError) -> Option<Duration> + Send + Sync + 'static,
    ) -> Self {
        let pause = Arc::new(pause);
        self.polling = Some(Polling { limit, pause });
        self
    }

    /// Creates a refresh request (RFC 6749 section 6).
    pub(crate) fn refresh_token(token: &Secret) -> Self {
        Self::new("refresh_token")
            .secret_param("refresh_token", token.clone())
            .without_scopes()
            .single_use()
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

    pub(crate) fn write(&self, form: &mut Form) {
        form.add("grant_type", &self.grant_type);
        for (name, value) in &self.parameters {
            form.add(name, value.expose());
        }
    }

    pub(crate) fn grant_type(&self) -> &str {
        &self.grant_type
    }

    /// Returns the names of the parameters.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.parameters.iter().map(|(name, _)| name.as_str())
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

    /// Returns whether the request is polled.
    pub(crate) fn is_polled(&self) -> bool {
        self.polling.is_some()
    }

    /// Returns the pause before the request is repeated after this error; `None` if the error is final.
    pub(crate) fn pause_after(&self, error: &OAuthProviderError) -> Option<Duration> {
        (self.polling.as_ref()?.pause)(error)
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
