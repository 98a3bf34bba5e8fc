//! Redirect URIs: which of them a client has registered, and what is added to them on the way back.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::super::credentials::Client;

/// A registered redirect URI.
pub(in crate::auth) struct RedirectUri(String);

impl RedirectUri {
    /// An absolute URI without a fragment (RFC 6749 section 3.1.2).
    pub(super) fn new(uri: &str) -> Option<Self> {
        let (scheme, rest) = uri.split_once(':')?;
        let scheme = scheme.bytes().enumerate().all(|(place, byte)| {
            byte.is_ascii_alphabetic() || place > 0 && (byte.is_ascii_digit() || b"+-.".contains(&byte))
        }) && !scheme.is_empty();
        let rest = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        (scheme && rest).then(|| Self(uri.to_owned()))
    }

    /// Whether it is the same, to the letter but for a loopback address's port (RFC 8252 section 7.3).
    fn admits(&self, uri: &str) -> bool {
        self.0 == uri || loopback(&self.0).is_some_and(|registered| loopback(uri) == Some(registered))
    }

    /// Whether it is the same but for what its path has below the registered one.
    fn admits_below(&self, uri: &str) -> bool {
        uri.match_indices('/').any(|(end, _)| self.admits(&uri[..end]))
    }
}

impl Client {
    /// Where a user goes back to when the client asks for this redirect URI. It may leave out the only one it has (RFC 6749
    /// section 3.1.2.3).
    pub(in crate::auth) fn way_back(&self, asked: Option<&str>, below: bool) -> Option<String> {
        match (asked, self.redirect_uris.as_slice()) {
            (Some(asked), known) => known
                .iter()
                .any(|uri| uri.admits(asked) || below && uri.admits_below(asked))
                .then(|| asked.to_owned()),
            (None, [only]) => Some(only.0.clone()),
            (None, _) => None,
        }
    }
}

/// The address and what follows the port, if that is an `http` URI of a loopback address.
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
    fn any_port_of_a_loopback_address_will_do_and_nothing_else_differs() {
        let admits = |registered: &str, asked: &str| RedirectUri::new(registered).unwrap().admits(asked);
        for (registered, asked) in [
            ("http://127.0.0.1/back", "http://127.0.0.1:51004/back"),
            ("http://127.0.0.1:8000/back?a=1", "http://127.0.0.1/back?a=1"),
            ("http://[::1]/back", "http://[::1]:51004/back"),
            ("https://app.example/back", "https://app.example/back"),
            ("com.example.app:/back", "com.example.app:/back"),
        ] {
            assert!(admits(registered, asked), "{asked}");
        }
        for (registered, asked) in [
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
            assert!(!admits(registered, asked), "{asked}");
        }
    }

    #[test]
    fn what_is_registered_is_absolute_and_has_no_fragment() {
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
