//! The redirect URI to the letter: servers compare it with the registered one character by character (RFC 6749 section
//! 3.1.2.3), and leave out the port at most (RFC 8252 section 7.3).

use url::{Host, Url};

use crate::failure::Failure;

/// A registered redirect URI that leads to this machine.
#[derive(Debug)]
pub(super) struct RedirectUri {
    text: String,
    /// Where a port goes that the text does not have.
    after_host: usize,
    /// The one in the text.
    pub(super) port: Option<u16>,
    pub(super) address: String,
    /// As browsers ask for it.
    pub(super) path: String,
}

const SCHEME: &str = "http://";

impl RedirectUri {
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let unfit = |problem: &str| {
            Failure::usage(format!(
                "the redirect URI {problem}; write it as http://127.0.0.1:PORT/callback"
            ))
        };
        let url = Url::parse(text).map_err(|_| unfit("is not a URL"))?;
        let address = match url.host() {
            Some(Host::Ipv4(address)) if address.is_loopback() => address.to_string(),
            Some(Host::Ipv6(address)) if address.is_loopback() => address.to_string(),
            Some(Host::Domain("localhost")) => "127.0.0.1".to_owned(),
            _ => return Err(unfit("leads elsewhere than to this machine")),
        };
        if url.scheme() != "http" {
            return Err(unfit("is not plain http, and nothing else can be served here"));
        }
        // The parser forgives what a server that compares texts does not.
        let prefix = text.get(..SCHEME.len()).unwrap_or_default();
        if !prefix.eq_ignore_ascii_case(SCHEME)
            || text.contains(|character: char| character.is_whitespace() || character.is_control() || character == '\\')
        {
            return Err(unfit("is not a URL"));
        }
        if url.fragment().is_some() {
            return Err(unfit("has a fragment, which no server ever sees"));
        }
        let rest = &text[SCHEME.len()..];
        let authority = &rest[..rest.find(['/', '?']).unwrap_or(rest.len())];
        if authority.contains('@') {
            return Err(unfit("has a user name"));
        }
        let host = match authority.find(']') {
            Some(bracket) => bracket + 1,
            None => authority.find(':').unwrap_or(authority.len()),
        };
        let port = match authority[host..].strip_prefix(':') {
            // The scheme's own port counts for nothing in a parsed URL, and is one to listen at all the same.
            Some(port) => match port.parse() {
                Ok(0) | Err(_) => return Err(unfit("has no port after the colon")),
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

    /// With the port that is listened at, if the text names none; nothing else is changed.
    pub(super) fn at(&self, port: u16) -> String {
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
    fn a_port_is_added_where_there_is_none_and_the_rest_stays_to_the_letter() {
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
                (uri.at(5).as_str(), uri.port, uri.path.as_str()),
                (expected, port, path)
            );
        }
    }

    #[test]
    fn what_no_server_could_have_registered_is_refused() {
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
