//! Where credentials may go: origins, and the rule that they travel encrypted.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use url::{Host, Url};

use crate::Relaxation;
use crate::error::{BuildError, OriginError, RelaxationForbidden};
use crate::loopback::localhost_is_loopback;

/// A scheme, host and port (RFC 6454), as in `https://api.example.com`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: &'static str,
    host: Host<String>,
    port: u16,
}

impl Origin {
    /// The origin of an `http` or `https` URL; `None` for any other kind.
    #[must_use]
    pub fn of(url: &Url) -> Option<Self> {
        let scheme = match url.scheme() {
            "http" => "http",
            "https" => "https",
            _ => return None,
        };
        Some(Self {
            scheme,
            host: url.host()?.to_owned(),
            port: url.port_or_known_default()?,
        })
    }

    /// Whether it is on this machine: a literal loopback address, or `localhost` where that name resolves to nothing else.
    ///
    /// Credentials may go there unencrypted, so plain `http` to such an origin must not be handed to a proxy. Looking the name
    /// up may block the thread. That it is loopback is remembered for one minute, and then looked up again; until then an HTTP
    /// client that resolves the name by itself may be given another address, so it should take `localhost` for `127.0.0.1` and
    /// `::1` without asking (RFC 6761 section 6.3), as `evergrant_reqwest` does.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
            Host::Domain(name) => name == "localhost" && localhost_is_loopback(),
        }
    }

    fn is_encrypted(&self) -> bool {
        self.scheme == "https"
    }
}

impl FromStr for Origin {
    type Err = OriginParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).ok();
        url.as_ref().and_then(Self::of).ok_or(OriginParseError)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match (self.scheme, self.port) {
            ("https", 443) | ("http", 80) => Ok(()),
            (_, port) => write!(f, ":{port}"),
        }
    }
}

/// The text is not an origin such as `https://api.example.com`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OriginParseError;

impl fmt::Display for OriginParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an http or https origin; write it as `https://api.example.com`")
    }
}

impl std::error::Error for OriginParseError {}

/// Which origins may be reached without encryption: loopback, and those named one by one.
#[derive(Debug, Clone, Default)]
pub struct PlaintextPolicy {
    allowed: Vec<Origin>,
}

impl PlaintextPolicy {
    /// Also lets credentials travel unencrypted to this one origin, such as a sidecar of a service mesh.
    pub fn danger_allow_http_to(&mut self, origin: Origin) {
        self.allowed.push(origin);
    }

    /// Applies a [`Relaxation`] for each origin that was named.
    ///
    /// # Errors
    /// [`RelaxationForbidden`] in a process that forbids them.
    pub fn apply_relaxations(&self) -> Result<(), RelaxationForbidden> {
        let relaxations = self.allowed.iter().map(Relaxation::plain_http);
        relaxations.map(|relaxation| relaxation.apply()).collect()
    }

    /// Whether credentials may travel to `origin`. The name `localhost` is looked up, as [`Origin::is_loopback`] says.
    #[must_use]
    pub fn permits(&self, origin: &Origin) -> bool {
        origin.is_encrypted() || self.allowed.contains(origin) || origin.is_loopback()
    }
}

/// The origins that may receive credentials.
#[derive(Clone, Default)]
pub struct AllowedOrigins {
    origins: Vec<Origin>,
    rules: Vec<Arc<OriginRule>>,
    any: bool,
    plaintext: PlaintextPolicy,
}

type OriginRule = dyn Fn(&Origin) -> bool + Send + Sync;

impl AllowedOrigins {
    /// Adds one.
    pub fn allow(&mut self, origin: Origin) {
        self.origins.push(origin);
    }

    /// Adds one that was given as text, as by the setting `allow_origin` of a client.
    ///
    /// # Errors
    /// [`BuildError::InvalidUrl`] when it is not an origin; what may hold a password or a key is not repeated.
    pub fn allow_text(&mut self, text: &str) -> Result<(), BuildError> {
        let origin = text.parse().map_err(|error| {
            let named = match text.contains(['@', '?', '#']) {
                true => "what was given (not shown here, should it hold a secret)".to_owned(),
                false => format!("{text:?}"),
            };
            let (setting, problem) = ("allow_origin", format!("{named} is {error}"));
            BuildError::InvalidUrl { setting, problem }
        })?;
        self.allow(origin);
        Ok(())
    }

    /// Adds those for which `rule` says yes, as for a host per tenant. Rules given before remain.
    pub fn allow_from(&mut self, rule: impl Fn(&Origin) -> bool + Send + Sync + 'static) {
        self.rules.push(Arc::new(rule));
    }

    /// Sends credentials wherever a request goes, redirects included.
    pub fn danger_allow_any_origin(&mut self) {
        self.any = true;
    }

    /// Lets credentials travel unencrypted to this one origin, and allows it.
    pub fn danger_allow_http_to(&mut self, origin: Origin) {
        self.plaintext.danger_allow_http_to(origin.clone());
        self.origins.push(origin);
    }

    /// Which origins may be reached without encryption.
    #[must_use]
    pub fn plaintext(&self) -> &PlaintextPolicy {
        &self.plaintext
    }

    /// Applies a [`Relaxation`] for each rule that was switched off.
    ///
    /// # Errors
    /// [`RelaxationForbidden`] in a process that forbids them.
    pub fn apply_relaxations(&self) -> Result<(), RelaxationForbidden> {
        if self.any {
            Relaxation::any_origin().apply()?;
        }
        self.plaintext.apply_relaxations()
    }

    /// Whether a request to `url` may carry credentials.
    ///
    /// # Errors
    /// [`OriginError`] says why not.
    pub fn check(&self, url: &Url) -> Result<(), OriginError> {
        let origin = Origin::of(url).ok_or_else(|| OriginError::InvalidUrl {
            problem: format!("`{}` is neither http nor https", url.scheme()),
        })?;
        let allowed = self.any || self.origins.contains(&origin) || self.rules.iter().any(|rule| rule(&origin));
        if !allowed {
            let origin = origin.to_string();
            return Err(OriginError::NotAllowed { origin });
        }
        if !self.plaintext.permits(&origin) {
            let origin = origin.to_string();
            return Err(OriginError::NotEncrypted { origin });
        }
        Ok(())
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

/// A URL as errors and logs may show it: without user information, query and fragment.
///
/// ```
/// let url = "https://reader:hush@api.example.com/books?api_key=hush".parse()?;
/// assert_eq!(evergrant::origin::shown(&url), "https://api.example.com/books");
/// # Ok::<(), url::ParseError>(())
/// ```
#[must_use]
pub fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Neither can fail on a URL with a host, and one without a host has neither.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

/// Parses a URL that will receive credentials, and checks everything that would make it unfit.
///
/// # Errors
/// [`BuildError`], naming the setting.
pub fn check_endpoint(setting: &'static str, text: &str, plaintext: &PlaintextPolicy) -> Result<Url, BuildError> {
    let invalid = |problem: &str| BuildError::InvalidUrl {
        setting,
        problem: problem.to_owned(),
    };
    let url = Url::parse(text).map_err(|error| invalid(&format!("it is not a URL ({error})")))?;
    let origin = Origin::of(&url).ok_or_else(|| invalid("it is neither http nor https"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid(
            "it contains a user name or password, which would end up in logs",
        ));
    }
    if url.fragment().is_some() {
        return Err(invalid("it has a fragment (#...), which is never sent"));
    }
    if url.as_str().parse::<http::Uri>().is_err() {
        return Err(invalid("it has characters that must be percent-encoded"));
    }
    if !plaintext.permits(&origin) {
        let origin = origin.to_string();
        return Err(BuildError::NotEncrypted { setting, origin });
    }
    Ok(url)
}
