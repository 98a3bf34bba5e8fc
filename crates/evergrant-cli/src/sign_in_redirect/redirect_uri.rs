//! The redirect URI as a string: servers compare it with the registered one character by character (RFC 6749 section
//! 3.1.2.3), except for the port (RFC 8252 section 7.3).

use url::{Host, Url};

use crate::failure::Failure;

/// A registered redirect URI that points to this machine.
#[derive(Debug)]
pub(super) struct RedirectUri {
    text: String,
    /// Position at which a missing port is inserted.
    after_host: usize,
    /// The port in the text.
    pub(super) port: Option<u16>,
    pub(super) address: String,
    /// The path as browsers request it.
    pub(super) path: String,
}

const SCHEME: &str = "http://";

impl RedirectUri {
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let invalid = |problem: &str| {
            Failure::usage(format!(
                "the redirect URI {problem}; write it as http://127.0.0.1:PORT/callback"
            ))
        };
        let url = Url::parse(text).map_err(|_| invalid("is not a URL"))?;
        let address = match url.host() {
            Some(Host::Ipv4(address)) if address.is_loopback() => address.to_string(),
            Some(Host::Ipv6(address)) if address.is_loopback() => address.to_string(),
            Some(Host::Domain("localhost")) => "127.0.0.1".to_owned(),
            _ => return Err(invalid("does not point to this machine")),
        };
        if url.scheme() != "http" {
            return Err(invalid("is not plain http, the only scheme that this program serves"));
        }
        // The parser is more lenient than a server that compares strings.
        let prefix = text.get(..SCHEME.len()).unwrap_or_default();
        if !prefix.eq_ignore_ascii_case(SCHEME)
            || text.contains(|character: char| character.is_whitespace() || character.is_control() || character == '\\')
        {
            return Err(invalid("is not a URL"));
        }
        if url.fragment().is_some() {
            return Err(invalid("has a fragment, which browsers do not send"));
        }
        let rest = &text[SCHEME.len()..];
        let authority = &rest[..rest.find(['/', '?']).unwrap_or(rest.len())];
        if authority.contains('@') {
            return Err(invalid("has a user name"));
        }
        let host = match authority.find(']') {
            Some(bracket) => bracket + 1,
            None => authority.find(':').unwrap_or(authority.len()),
        };
        let port = match authority[host..].strip_prefix(':') {
            // A parsed URL drops the scheme's default port, but the listener needs it.
            Some(port) => match port.parse() {
                Ok(0) | Err(_) => return Err(invalid("has no valid port after the colon")),
                Ok(port) => Some(port),
            },
            None => None,
        };
        Ok(Self {
            text: text.to_owned(),
            after_host: SCHEME.len() + host,
            port,
            address,
            path: url.path().to_owned(),
        })
    }

    /// Inserts the listener's port if the text has none; the rest is unchanged.
    pub(super) fn with_port(&self, port: u16) -> String {
        let mut text = self.text.clone();
        if self.port.is_none() {
            text.insert_str(self.after_host, &format!(":{port}"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_port_is_added_and_the_rest_is_unchanged() {
        for (registered, expected, port, path) in [
            (
                "http://127.0.0.1/callback",
                "http://127.0.0.1:5/callback",
                None,
                "/callback",
            ),
            ("http://127.0.0.1", "http://127.0.0.1:5", None, "/"),
            ("http://127.0.0.1:18765", "http://127.0.0.1:18765", Some(18765), "/"),
            (
                "http://127.0.0.1:80/callback",
                "http://127.0.0.1:80/callback",
                Some(80),
                "/callback",
            ),
            ("http://[::1]?a=b:1", "http://[::1]:5?a=b:1", None, "/"),
            ("http://[::1]:8080/a", "http://[::1]:8080/a", Some(8080), "/a"),
            ("HTTP://LocalHost/a%7eb", "HTTP://LocalHost:5/a%7eb", None, "/a%7eb"),
            ("http://127.0.0.1/./a@b:2", "http://127.0.0.1:5/./a@b:2", None, "/a@b:2"),
        ] {
            let uri = RedirectUri::parse(registered).unwrap();
            assert_eq!(
                (uri.with_port(5).as_str(), uri.port, uri.path.as_str()),
                (expected, port, path)
            );
        }
    }

    #[test]
    fn rejects_uris_that_cannot_be_registered() {
        for text in [
            "http:127.0.0.1/callback",
            "http:\\\\127.0.0.1\\callback",
            " http://127.0.0.1/callback",
            "http://127.0.0.1/call\tback",
            "http://127.0.0.1:/callback",
            "http://127.0.0.1:0/callback",
            "http://user@127.0.0.1/callback",
            "http://127.0.0.1/callback#top",
            "http://127.0.0.1.example.com/callback",
        ] {
            assert!(RedirectUri::parse(text).is_err(), "{text}");
        }
    }
}
