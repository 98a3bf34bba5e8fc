//! The policy of an HTTP client that authorizes API calls: its credentials, the origins that may receive them, and the
//! responses that reject a token.

use std::fmt;
use std::sync::Arc;

use url::Url;

use crate::authorizer::Authorizer;
use crate::call_replay::Replay;
use crate::error::{BuildError, Call};
use crate::origin::{AllowedOrigins, Origin};
use crate::redact::shown_url;
use crate::response_head::ResponseHead;

/// The policy of an HTTP client that authorizes API calls: its credentials, the origins that may receive them, and the
/// rules that tell which responses reject a token.
///
/// The HTTP clients of the evergrant crates use this type, and you can build a client for another HTTP library on it.
/// Cloning is cheap.
///
/// ```
/// use evergrant::error::Call;
/// use evergrant::scheme::Basic;
/// use evergrant::{CallPolicy, Error, Replay};
/// use http::Method;
/// use url::Url;
///
/// /// Checks the origin before anything is sent.
/// fn start<'a>(policy: &'a CallPolicy, method: &'a Method, url: &'a Url) -> Result<Replay<'a>, Error> {
///     let call = Call::new(method, url);
///     policy.origins().check(url).map_err(|error| Error::Origin(error.into()).for_call(call))?;
///     Ok(policy.replay(call))
/// }
///
/// let basic = Basic::new("basicAuth").with_credentials("reader", "not-a-real-password")?;
/// let policy = CallPolicy::builder(basic).base_url("https://api.example.com/v1/").build()?;
/// assert!(start(&policy, &Method::GET, &"https://api.example.com/v1/books".parse()?).is_ok());
/// assert!(start(&policy, &Method::GET, &"https://elsewhere.example.net/".parse()?).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct CallPolicy {
    authorizer: Authorizer,
    base_url: Option<Url>,
    origins: AllowedOrigins,
    renew_when: Option<Arc<ResponseRule>>,
    keep_token_when: Option<Arc<ResponseRule>>,
    keep_token_when_body: Option<Arc<BodyRule>>,
}

type ResponseRule = dyn Fn(&ResponseHead<'_>) -> bool + Send + Sync;
type BodyRule = dyn Fn(&ResponseHead<'_>, &[u8]) -> bool + Send + Sync;

impl CallPolicy {
    /// Returns a builder for the policy of a client with these credentials: a [`TokenManager`](crate::TokenManager) or
    /// any [`Authorizer`].
    pub fn builder(authorizer: impl Into<Authorizer>) -> CallPolicyBuilder {
        CallPolicyBuilder {
            policy: Self {
                authorizer: authorizer.into(),
                base_url: None,
                origins: AllowedOrigins::default(),
                renew_when: None,
                keep_token_when: None,
                keep_token_when_body: None,
            },
            base_url: None,
            allowed: Vec::new(),
        }
    }

    /// Returns the origins that may receive the client's credentials.
    #[must_use]
    pub fn origins(&self) -> &AllowedOrigins {
        &self.origins
    }

    /// Starts an API call: returns a [`Replay`], which authorizes the call's request and repeats it if the API rejects
    /// the token. Does not check whether the URL may receive credentials: check it first with
    /// [`origins`](Self::origins).
    #[must_use]
    pub fn replay<'a>(&'a self, call: Call<'a>) -> Replay<'a> {
        Replay::new(&self.authorizer, call)
            .renew_when(self.renew_when.as_deref())
            .keep_token_when(self.keep_token_when.as_deref())
            .keep_token_when_body(self.keep_token_when_body.as_deref())
    }

    /// Returns whether this response rejects the token according to the rule that was set with
    /// [`renew_when`](CallPolicyBuilder::renew_when).
    #[must_use]
    pub fn matches_renew_when(&self, response: &ResponseHead<'_>) -> bool {
        self.renew_when.as_ref().is_some_and(|renew_when| renew_when(response))
    }

    /// Returns the [`Authorizer`], which writes the client's credentials into API requests.
    #[must_use]
    pub fn authorizer(&self) -> &Authorizer {
        &self.authorizer
    }

    /// Returns a copy of this policy with other credentials. The allowed origins and the rules stay the same.
    #[must_use]
    pub fn with_authorizer(&self, authorizer: impl Into<Authorizer>) -> Self {
        Self {
            authorizer: authorizer.into(),
            ..self.clone()
        }
    }

    /// Returns the base URL of the API, if it is set.
    #[must_use]
    pub fn base_url(&self) -> Option<&Url> {
        self.base_url.as_ref()
    }
}

/// Builds a [`CallPolicy`]. Created by [`CallPolicy::builder`].
#[must_use = "a builder does nothing until `build` is called"]
pub struct CallPolicyBuilder {
    policy: CallPolicy,
    base_url: Option<String>,
    /// Origins that are not validated yet.
    allowed: Vec<String>,
}

impl CallPolicyBuilder {
    /// Sets the base URL of the API. The client may send its credentials to the origin of this URL.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Allows sending the client's credentials to an additional origin, such as `https://files.example.com`.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.allowed.push(origin.into());
        self
    }

    /// Allows sending the client's credentials to each origin for which `rule` returns `true`, such as one host per
    /// tenant. Several rules can be added.
    pub fn allow_origins_from(mut self, rule: impl Fn(&Origin) -> bool + Send + Sync + 'static) -> Self {
        self.policy.origins.allow_from(rule);
        self
    }

    /// Allows sending the client's credentials to any origin.
    pub fn danger_allow_any_origin(mut self) -> Self {
        self.policy.origins.danger_allow_any_origin();
        self
    }

    /// Allows sending the client's credentials without TLS to this origin, such as a sidecar of a service mesh.
    pub fn danger_allow_http_to(mut self, origin: Origin) -> Self {
        self.policy.origins.danger_allow_http_to(origin);
        self
    }

    /// Sets a rule that returns `true` for further responses that reject the token, in addition to the standard
    /// responses that [`rejects_token`](crate::rejects_token) recognizes. After such a response, the client renews the
    /// token and repeats the call. Replaces an earlier rule.
    pub fn renew_when(mut self, rule: impl Fn(&ResponseHead<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.policy.renew_when = Some(Arc::new(rule));
        self
    }

    /// Sets a rule that returns `true` for responses that do **not** reject the token, although
    /// [`rejects_token`](crate::rejects_token) or the [`renew_when`](Self::renew_when) rule says that they do. Some
    /// APIs, for example, return 401 for a wrong password in the request's body, or for a missing permission. The
    /// caller receives such a response, and the token stays in use. Replaces an earlier rule.
    pub fn keep_token_when(mut self, rule: impl Fn(&ResponseHead<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.policy.keep_token_when = Some(Arc::new(rule));
        self
    }

    /// Sets a rule like [`keep_token_when`](Self::keep_token_when) that receives the start of the response's body too,
    /// because some APIs state the reason of a 401 only there. The rule is called for responses that the
    /// `keep_token_when` rule does not match. The client waits for at most 64 KiB of the body and at most 5 s, and the
    /// caller still receives the whole body. Replaces an earlier rule.
    ///
    /// ```
    /// use evergrant::CallPolicy;
    /// use evergrant::scheme::Basic;
    ///
    /// # let credentials = Basic::new("basicAuth").with_credentials("reader", "not-a-real-password")?;
    /// let policy = CallPolicy::builder(credentials)
    ///     .base_url("https://api.example.com/")
    ///     .keep_token_when_body(|_, start| String::from_utf8_lossy(start).contains("wrong_password"))
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn keep_token_when_body(
        mut self,
        rule: impl Fn(&ResponseHead<'_>, &[u8]) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.policy.keep_token_when_body = Some(Arc::new(rule));
        self
    }

    /// Validates the settings and builds the policy.
    ///
    /// # Errors
    /// [`BuildError`] names the invalid setting.
    pub fn build(self) -> Result<CallPolicy, BuildError> {
        let mut policy = self.policy;
        for text in &self.allowed {
            policy.origins.allow_text(text)?;
        }
        policy.origins.apply_relaxations()?;
        if let Some(text) = &self.base_url {
            policy.base_url = Some(policy.origins.allow_base_url(text)?);
        }
        Ok(policy)
    }
}

impl fmt::Debug for CallPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallPolicy")
            .field("authorizer", &self.authorizer)
            .field("base_url", &self.base_url.as_ref().map(shown_url))
            .field("origins", &self.origins)
            .finish_non_exhaustive()
    }
}

/// Omits settings that are not validated, which may contain a password.
impl fmt::Debug for CallPolicyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallPolicyBuilder")
            .field("authorizer", &self.policy.authorizer)
            .field("origins", &self.policy.origins)
            .finish_non_exhaustive()
    }
}
