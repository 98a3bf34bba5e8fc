//! The rules for origins: which may receive credentials, and which of them without encryption.

use std::fmt;
use std::sync::Arc;

use http::Uri;
use url::Url;

use super::Origin;
use super::endpoint_url::parse_endpoint;
use super::parse::OVERLONG_HOST;
use crate::Relaxation;
use crate::error::{BuildError, OriginError, RelaxationForbidden};

/// The origins to which credentials may be sent without encryption: loopback origins, and origins that the application
/// adds.
#[derive(Debug, Clone, Default)]
pub struct PlaintextPolicy {
    allowed: Vec<Origin>,
}

impl PlaintextPolicy {
    /// Adds an origin to which credentials may be sent without encryption, such as a sidecar of a service mesh.
    pub fn danger_allow_http_to(&mut self, origin: Origin) {
        self.allowed.push(origin);
    }

    /// Reports each added origin as a [`Relaxation`], a safety rule that the application has disabled. Call this when a
    /// client is built.
    ///
    /// # Errors
    /// [`RelaxationForbidden`] after [`Relaxation::forbid_all`].
    pub fn apply_relaxations(&self) -> Result<(), RelaxationForbidden> {
        let mut relaxations = self.allowed.iter().map(|origin| Relaxation::plain_http(origin));
        relaxations.try_for_each(|relaxation| relaxation.apply())
    }

    /// Returns whether credentials may be sent to `origin`: it is an `https` origin, a [loopback](Origin::is_loopback)
    /// origin, or one that the application has added with [`danger_allow_http_to`](Self::danger_allow_http_to). The
    /// name of the host `localhost` is looked up.
    #[must_use]
    pub fn permits(&self, origin: &Origin) -> bool {
        origin.is_encrypted() || self.allowed.contains(origin) || origin.is_loopback()
    }

    /// Returns whether this origin was added.
    pub(crate) fn has_added(&self, origin: &Origin) -> bool {
        self.allowed.contains(origin)
    }

    /// Parses and validates the URL of an endpoint that receives credentials. `setting` is the name of the setting that
    /// contains the URL, for errors.
    ///
    /// ```
    /// use evergrant::BuildError;
    /// use evergrant::origin::PlaintextPolicy;
    ///
    /// let policy = PlaintextPolicy::default();
    /// assert!(policy.parse_endpoint("token_url", "https://auth.example.com/token").is_ok());
    /// let rejected = policy.parse_endpoint("token_url", "http://auth.example.com/token");
    /// assert!(matches!(rejected, Err(BuildError::NotEncrypted { setting: "token_url", .. })));
    /// ```
    ///
    /// # Errors
    /// [`BuildError`] if `text` is not a valid URL, or if it uses no encryption and its origin [requires
    /// it](Self::permits).
    pub fn parse_endpoint(&self, setting: &'static str, text: &str) -> Result<Url, BuildError> {
        parse_endpoint(setting, text, self)
    }

    pub(crate) fn check(&self, origin: &Origin) -> Result<(), OriginError> {
        if self.permits(origin) {
            return Ok(());
        }
        let origin = origin.to_string();
        Err(OriginError::NotEncrypted { origin, call: None })
    }
}

/// The origins that may receive a client's credentials.
#[derive(Clone, Default)]
pub struct AllowedOrigins {
    origins: Vec<Origin>,
    rules: Vec<Arc<OriginRule>>,
    any: bool,
    plaintext: PlaintextPolicy,
}

type OriginRule = dyn Fn(&Origin) -> bool + Send + Sync;

impl AllowedOrigins {
    /// Allows sending the client's credentials to this origin.
    pub fn allow(&mut self, origin: Origin) {
        self.origins.push(origin);
    }

    /// Parses an origin, such as the value of a client's setting `allow_origin`, and allows sending the client's
    /// credentials to it.
    ///
    /// # Errors
    /// [`BuildError::InvalidUrl`] if the text is not exactly an origin. The message does not contain possible passwords
    /// or keys.
    pub fn allow_text(&mut self, text: &str) -> Result<(), BuildError> {
        let origin = text.parse().map_err(|error| {
            let shown = match is_scheme_and_host(text) {
                true => format!("{text:?}"),
                false => "the value (not shown because it may contain a secret)".to_owned(),
            };
            let (setting, problem) = ("allow_origin", format!("{shown} is {error}"));
            BuildError::InvalidUrl { setting, problem }
        })?;
        self.allow(origin);
        Ok(())
    }

    /// Parses the base URL of a client's API, allows sending the client's credentials to its origin, and returns the
    /// URL.
    ///
    /// # Errors
    /// Same as [`PlaintextPolicy::parse_endpoint`]. The errors name the setting `base_url`.
    pub fn allow_base_url(&mut self, text: &str) -> Result<Url, BuildError> {
        let url = self.plaintext.parse_endpoint("base_url", text)?;
        self.origins.extend(Origin::of(&url));
        Ok(url)
    }

    /// Returns whether no origin is allowed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.any && self.origins.is_empty() && self.rules.is_empty()
    }

    /// Allows sending the client's credentials to each origin for which `rule` returns `true`, such as one host per
    /// tenant. Earlier rules remain.
    pub fn allow_from(&mut self, rule: impl Fn(&Origin) -> bool + Send + Sync + 'static) {
        self.rules.push(Arc::new(rule));
    }

    /// Allows sending the client's credentials to any origin, including the targets of redirects.
    pub fn danger_allow_any_origin(&mut self) {
        self.any = true;
    }

    /// Allows sending the client's credentials to this origin, even without encryption.
    pub fn danger_allow_http_to(&mut self, origin: Origin) {
        self.plaintext.danger_allow_http_to(origin.clone());
        self.origins.push(origin);
    }

    /// Returns the origins to which credentials may be sent without encryption.
    #[must_use]
    pub fn plaintext(&self) -> &PlaintextPolicy {
        &self.plaintext
    }

    /// Reports each use of a `danger_*` method as a [`Relaxation`], a safety rule that the application has disabled.
    /// Call this when a client is built.
    ///
    /// # Errors
    /// [`RelaxationForbidden`] after [`Relaxation::forbid_all`].
    pub fn apply_relaxations(&self) -> Result<(), RelaxationForbidden> {
        if self.any {
            Relaxation::any_origin().apply()?;
        }
        self.plaintext.apply_relaxations()
    }

    /// Checks whether a request to `url` may contain the client's credentials. Does not allocate if the origin was
    /// allowed by itself, not by a rule.
    ///
    /// # Errors
    /// [`OriginError`] with the reason if the request must not contain credentials.
    pub fn check(&self, url: &Url) -> Result<(), OriginError> {
        match self.origins.iter().find(|origin| origin.is_origin_of(url)) {
            Some(origin) if !origin.has_overlong_host() => self.plaintext.check(origin),
            _ => self.check_other(url),
        }
    }

    /// Checks whether a request to `uri` may contain the client's credentials. The URI must have a scheme and a host.
    /// Use this method for HTTP clients that send a [`Uri`] instead of a [`Url`]. It requires a normalized host, so
    /// that the client connects to the same host as the one that is checked.
    ///
    /// ```
    /// use evergrant::origin::AllowedOrigins;
    ///
    /// let mut origins = AllowedOrigins::default();
    /// origins.allow("https://api.example.com".parse()?);
    /// assert!(origins.check_uri(&"https://api.example.com/v1/books".parse()?).is_ok());
    /// for uri in ["https://elsewhere.example.net/", "https://reader@api.example.com/"] {
    ///     assert!(origins.check_uri(&uri.parse()?).is_err());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`OriginError`] with the reason if the request must not contain credentials.
    pub fn check_uri(&self, uri: &Uri) -> Result<(), OriginError> {
        if let Some(origin) = self.origins.iter().find(|origin| origin.is_origin_of_uri(uri))
            && !origin.has_overlong_host()
        {
            return self.plaintext.check(origin);
        }
        let invalid = |problem: String| OriginError::invalid_url(problem);
        let url = Url::parse(&uri.to_string()).map_err(|error| invalid(error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("it contains a user name or password".to_owned()));
        }
        // The client uses the URI. Its host must be the same text as the checked one, unlike `127.1`.
        let host = url.host_str().unwrap_or_default();
        if !uri.host().is_some_and(|uri_host| uri_host.eq_ignore_ascii_case(host)) {
            return Err(invalid(format!("its host is not normalized; write {host:?}")));
        }
        self.check(&url)
    }

    /// Checks a URL whose origin was not added itself. Its origin may match a rule.
    fn check_other(&self, url: &Url) -> Result<(), OriginError> {
        let origin = Origin::of(url)
            .ok_or_else(|| OriginError::invalid_url(format!("`{}` is neither http nor https", url.scheme())))?;
        if origin.has_overlong_host() {
            let problem = OVERLONG_HOST.to_owned();
            return Err(OriginError::invalid_url(problem));
        }
        let allowed = self.any || self.origins.contains(&origin) || self.rules.iter().any(|rule| rule(&origin));
        if !allowed {
            let origin = origin.to_string();
            return Err(OriginError::NotAllowed { origin, call: None });
        }
        self.plaintext.check(&origin)
    }
}

impl fmt::Debug for AllowedOrigins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AllowedOrigins")
            .field("origins", &self.origins)
            .field("rules", &self.rules.len())
            .field("any", &self.any)
            .field("plaintext", &self.plaintext)
            .finish()
    }
}

/// Returns whether the text consists only of a scheme, a host or a pattern of hosts, and an optional port, and is short
/// enough for a message.
fn is_scheme_and_host(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let (host, port) = match rest {
        Some(rest) => rest.split_once(':').unwrap_or((rest, "")),
        None => return false,
    };
    let in_hosts = |byte: u8| byte.is_ascii_alphanumeric() || b".*_-".contains(&byte);
    text.len() < 300 && host.bytes().all(in_hosts) && port.bytes().all(|byte| byte.is_ascii_digit())
}
