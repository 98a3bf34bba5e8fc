//! Registered redirect URIs, and how a requested one is matched.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::super::client_authentication::Client;

/// A registered redirect URI.
pub(in crate::auth) struct RedirectUri(String);

impl RedirectUri {
    /// Accepts an absolute URI without a fragment (RFC 6749 section 3.1.2).
    pub(super) fn new(uri: &str) -> Option<Self> {
        let (scheme, rest) = uri.split_once(':')?;
        let scheme = scheme.bytes().enumerate().all(|(index, byte)| {
            byte.is_ascii_alphabetic() || index > 0 && (byte.is_ascii_digit() || b"+-.".contains(&byte))
        }) && !scheme.is_empty();
        let rest = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        (scheme && rest).then(|| Self(uri.to_owned()))
    }

    /// Returns whether `uri` is identical, except for the port of a loopback address (RFC 8252 section 7.3).
    fn matches(&self, uri: &str) -> bool {
        self.0 == uri || loopback(&self.0).is_some_and(|registered| loopback(uri) == Some(registered))
    }

    /// Returns whether `uri` is this URI with additional path segments.
    fn matches_prefix_of(&self, uri: &str) -> bool {
        uri.match_indices('/').any(|(end, _)| self.matches(&uri[..end]))
    }
}

impl Client {
    /// Returns the URI to which the user is redirected if `requested` is allowed. A client with exactly one registered
    /// URI may omit it (RFC 6749 section 3.1.2.3).
    pub(in crate::auth) fn redirect_target(&self, requested: Option<&str>, allow_subpaths: bool) -> Option<String> {
        match (requested, self.redirect_uris.as_slice()) {
            (Some(requested), registered) => registered
                .iter()
                .any(|uri| uri.matches(requested) || allow_subpaths && uri.matches_prefix_of(requested))
                .then(|| requested.to_owned()),
            (None, [only]) => Some(only.0.clone()),
            (None, _) => None,
        }
    }
}

/// Returns the host and the path of an `http` URI with a loopback address.
fn loopback(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !authority.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let number = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    let loopback = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(host) => host.parse::<Ipv6Addr>().ok()?.is_loopback(),
        None => host.parse::<Ipv4Addr>().ok()?.is_loopback(),
    };
    (loopback && port.is_none_or(number)).then_some((host, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_port_of_a_loopback_address_may_differ() {
        let matches = |registered: &str, requested: &str| RedirectUri::new(registered).unwrap().matches(requested);
        for (registered, requested) in [
            ("http://127.0.0.1/back", "http://127.0.0.1:51004/back"),
            ("http://127.0.0.1:8000/back?a=1", "http://127.0.0.1/back?a=1"),
            ("http://[::1]/back", "http://[::1]:51004/back"),
            ("https://app.example/back", "https://app.example/back"),
            ("com.example.app:/back", "com.example.app:/back"),
        ] {
            assert!(matches(registered, requested), "{requested}");
        }
        for (registered, requested) in [
            ("http://127.0.0.1/back", "http://127.0.0.1:51004/back/"),
            ("http://127.0.0.1/back", "http://127.0.0.1:51004/back#x"),
            ("http://127.0.0.1/back", "http://127.0.0.1:80@elsewhere.example/back"),
            ("http://127.0.0.1/back", "http://127.0.0.1:+80/back"),
            ("http://127.0.0.1/back", "http://127.0.0.1:65536/back"),
            ("http://127.0.0.1/back", "http://127.0.0.2:80/back"),
            ("http://127.0.0.1/back", "https://127.0.0.1:80/back"),
            ("http://127.0.0.1/back", "http://[::1]:80/back"),
            ("http://localhost/back", "http://localhost:80/back"),
            ("https://app.example/back", "https://app.example:443/back"),
        ] {
            assert!(!matches(registered, requested), "{requested}");
        }
    }

    #[test]
    fn relative_uris_and_fragments_are_rejected() {
        for uri in [
            "/back",
            "",
            "back:",
            "1a:/back",
            ":/back",
            "https://app.example/#",
            "https://app.example/ ",
        ] {
            assert!(RedirectUri::new(uri).is_none(), "{uri}");
        }
    }
}
