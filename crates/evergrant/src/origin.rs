//! Where credentials may go: origins, and the rule that they travel encrypted.

mod endpoint;
mod parse;
mod path;
mod policy;

use std::fmt;

use url::{Host, Url};

pub use self::endpoint::{check_endpoint, shown};
pub use self::parse::OriginParseError;
pub use self::path::{is_dot_segment, resolve};
pub use self::policy::{AllowedOrigins, PlaintextPolicy};
use crate::loopback::localhost_is_loopback;

/// A scheme, host and port (RFC 6454), as in `https://api.example.com`.
///
/// Parsed from text, it must be just that: a path, a query, a user name or a wildcard is an error, so that nobody takes a rule
/// for narrower or wider than it is. One slash at the end may stand, as URLs have it. Upper case, international names, and a
/// port that is the scheme's own are written in one way; a host with a dot at its end stays another one.
///
/// ```
/// use evergrant::origin::Origin;
///
/// let origin: Origin = "https://API.example.com:443/".parse()?;
/// assert_eq!(origin.to_string(), "https://api.example.com");
/// for text in ["https://api.example.com/v1", "https://*.example.com", "https://user@api.example.com"] {
///     assert!(text.parse::<Origin>().is_err());
/// }
/// # Ok::<(), evergrant::origin::OriginParseError>(())
/// ```
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

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match (self.scheme, self.port) {
            ("https", 443) | ("http", 80) => Ok(()),
            (_, port) => write!(f, ":{port}"),
        }
    }
}
