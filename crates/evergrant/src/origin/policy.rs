//! Which origins may receive credentials, and which of them without encryption.

use std::fmt;
use std::sync::Arc;

use url::Url;

use super::Origin;
use super::parse::OVERLONG_HOST;
use crate::Relaxation;
use crate::error::{BuildError, OriginError, RelaxationForbidden};

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
        let mut relaxations = self.allowed.iter().map(Relaxation::plain_http);
        relaxations.try_for_each(|relaxation| relaxation.apply())
    }

    /// Whether credentials may travel to `origin`. The name `localhost` is looked up, as [`Origin::is_loopback`] says.
    #[must_use]
    pub fn permits(&self, origin: &Origin) -> bool {
        origin.is_encrypted() || self.allowed.contains(origin) || origin.is_loopback()
    }

    pub(crate) fn check(&self, origin: &Origin) -> Result<(), OriginError> {
        if self.permits(origin) {
            return Ok(());
        }
        let origin = origin.to_string();
        Err(OriginError::NotEncrypted { origin, call: None })
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
    /// [`BuildError::InvalidUrl`] when it is not an origin and nothing more; what may hold a password or a key is not repeated.
    pub fn allow_text(&mut self, text: &str) -> Result<(), BuildError> {
        let origin = text.parse().map_err(|error| {
            let named = match is_scheme_and_host(text) {
                true => format!("{text:?}"),
                false => "what was given (not shown here, should it hold a secret)".to_owned(),
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

/// Whether the text has a scheme, what can be a host or a pattern of hosts, and nothing else but a port, all
/// of a length that a message can show.
fn is_scheme_and_host(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let (host, port) = match rest {
        Some(rest) => rest.split_once(':').unwrap_or((rest, "")),
        None => return false,
    };
    let in_hosts = |byte: u8| byte.is_ascii_alphanumeric() || b".*_-".contains(&byte);
    text.len() < 300 && host.bytes().all(in_hosts) && port.bytes().all(|byte| byte.is_ascii_digit())
}
