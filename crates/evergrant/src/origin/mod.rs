//! Origins of URLs: the rules that tell which origins may receive credentials, and that credentials are sent encrypted.

mod allowed_origins;
mod endpoint_url;
mod join_path;
mod parse;

use std::fmt;

use http::Uri;
use url::{Host, Url};

pub use self::allowed_origins::{AllowedOrigins, PlaintextPolicy};
pub(crate) use self::endpoint_url::parse_url;
pub use self::join_path::{is_dot_segment, resolve};
pub use self::parse::OriginParseError;
use crate::localhost::localhost_is_loopback;

/// The origin of a URL: its scheme, host and port (RFC 6454), such as `https://api.example.com`.
///
/// Parsing accepts nothing else than an origin: a path, a query, a user name or a wildcard is an error, so that a
/// setting never allows more or less than it seems to. One trailing slash is allowed. Upper case, international names
/// and default ports are normalized. A host with a trailing dot is a different origin.
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
    /// Returns the origin of an `http` or `https` URL. Returns `None` for other schemes.
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

    /// Returns whether the origin is on this machine: its host is a literal loopback address, or `localhost` if that
    /// name resolves only to loopback addresses.
    ///
    /// Credentials may be sent to such an origin without encryption, so an HTTP client must not use a proxy for plain
    /// `http` to it. The lookup of the name `localhost` may block the thread. A positive result is cached for one
    /// minute. During this minute, an HTTP client that resolves the name itself may get another address. It should
    /// therefore map `localhost` to `127.0.0.1` and `::1` without a lookup (RFC 6761 section 6.3), as
    /// `evergrant_reqwest` does.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
            Host::Domain(name) => name == "localhost" && localhost_is_loopback(),
        }
    }

    /// Returns whether this is the origin of the URL, without copying the URL's host.
    fn is_origin_of(&self, url: &Url) -> bool {
        let same_host = match (&self.host, url.host()) {
            (Host::Domain(name), Some(Host::Domain(other))) => name == other,
            (Host::Ipv4(address), Some(Host::Ipv4(other))) => *address == other,
            (Host::Ipv6(address), Some(Host::Ipv6(other))) => *address == other,
            _ => false,
        };
        same_host && self.scheme == url.scheme() && Some(self.port) == url.port_or_known_default()
    }

    /// Returns whether the authority of the URI is exactly this host and port, without user information. May return
    /// `false` for another spelling of this origin.
    fn is_origin_of_uri(&self, uri: &Uri) -> bool {
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return false;
        };
        let host = authority.host();
        let same_host = match &self.host {
            Host::Domain(name) => name == host,
            // This parser accepts only the normalized form.
            Host::Ipv4(address) => host.parse() == Ok(*address),
            // Rust and URLs write some of them differently.
            Host::Ipv6(_) => false,
        };
        let (port, rest) = match (authority.port(), scheme) {
            (Some(port), _) => (port.as_u16(), ":".len() + port.as_str().len()),
            (None, "https") => (443, 0),
            (None, _) => (80, 0),
        };
        same_host && self.scheme == scheme && self.port == port && authority.as_str().len() == host.len() + rest
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

#[cfg(test)]
#[cfg(not(evergrant_loom))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn origin(text: &str) -> Origin {
        text.parse().expect("an origin")
    }

    #[test]
    fn the_origin_of_a_uri_is_found_without_parsing_a_url() {
        for (allowed, uri) in [
            ("https://api.example.com", "https://api.example.com/v1?q=1"),
            ("https://api.example.com", "https://api.example.com:443/"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ] {
            assert!(origin(allowed).is_origin_of_uri(&uri.parse().unwrap()), "{uri}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

        /// The comparisons without a copy must never find an origin that a URL does not have.
        #[test]
        fn a_found_origin_is_that_of_the_url(
            allowed in prop::sample::select(vec![
                "https://api.example.com", "https://api.example.com:8443", "http://api.example.com", "http://127.0.0.1",
                "http://127.0.0.1:80", "https://[::1]:8443", "https://api.example.com.",
            ]),
            scheme in prop::sample::select(vec!["https://", "http://", "HTTPS://", "ws://"]),
            user in prop::sample::select(vec!["", "", "u@", "u:p@", "api.example.com@", "@"]),
            host in prop::sample::select(vec![
                "api.example.com", "API.example.com", "api.example.com.", "%61pi.example.com", "127.0.0.1", "127.1",
                "0x7f.0.0.1", "127.0.0.01", "[::1]", "[0:0::1]", "api.example.com.elsewhere.example.net",
            ]),
            port in prop::sample::select(vec!["", ":", ":443", ":80", ":8443", ":08443", ":65536", ":99999"]),
            path in prop::sample::select(vec!["", "/", "/v1?q=@x", "?q"]),
        ) {
            let text = format!("{scheme}{user}{host}{port}{path}");
            let allowed = origin(allowed);
            let url = Url::parse(&text).ok();
            let expected = url.as_ref().and_then(Origin::of);
            if let Some(url) = &url {
                prop_assert_eq!(allowed.is_origin_of(url), expected.as_ref() == Some(&allowed), "{}", text);
            }
            if text.parse().is_ok_and(|uri| allowed.is_origin_of_uri(&uri)) {
                prop_assert_eq!(expected, Some(allowed), "{}", text);
                prop_assert!(url.is_some_and(|url| url.username().is_empty() && url.password().is_none()), "{}", text);
            }
        }
    }
}
