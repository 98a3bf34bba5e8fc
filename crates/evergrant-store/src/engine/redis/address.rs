//! The address of a server.

use std::fmt;

use crate::engine::network_settings::is_host;

/// The host and port of a server, from a URL, a Sentinel or a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Address {
    /// A name or an IP address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

impl Address {
    /// Parses `host`, `host:port` or `[address]:port`. The host may be empty only if there is a port.
    pub(super) fn parse(text: &str, default_port: u16) -> Option<Self> {
        let (host, rest) = match text.strip_prefix('[') {
            Some(text) => text.split_once(']')?,
            None => text.split_at(text.rfind(':').unwrap_or(text.len())),
        };
        let port = match rest.strip_prefix(':') {
            Some(port) => port.parse().ok()?,
            None if rest.is_empty() && !host.is_empty() => default_port,
            None => return None,
        };
        let host = host.to_owned();
        Some(Self { host, port })
    }

    /// Parses the address of another server in an error of this server. IPv6 addresses may have no brackets.
    pub(super) fn named_by(&self, text: &str) -> Option<Self> {
        let named = Self::parse(text, self.port)?;
        self.naming(&named.host, named.port)
    }

    /// Returns the address of another server that this server refers to. An empty host means the host of this server.
    /// An invalid host name is neither resolved nor shown.
    pub(super) fn naming(&self, host: &str, port: u16) -> Option<Self> {
        let host = match host {
            "" | "?" => &self.host,
            host => host,
        };
        is_host(host).then(|| Self {
            host: host.to_owned(),
            port,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, port) = (&self.host, self.port);
        match host.contains(':') {
            true => write!(f, "[{host}]:{port}"),
            false => write!(f, "{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_parsed_and_formatted() {
        for (text, written) in [
            ("tokens.example.com", Some("tokens.example.com:6379")),
            ("127.0.0.1:1", Some("127.0.0.1:1")),
            ("[::1]", Some("[::1]:6379")),
            ("[::1]:1", Some("[::1]:1")),
            ("::1:1", Some("[::1]:1")),
            (":1", Some(":1")),
            ("", None),
            ("host:", None),
            ("host:port", None),
            ("host:65536", None),
            ("[::1", None),
            ("[::1]1", None),
        ] {
            let read = Address::parse(text, 6379).map(|address| address.to_string());
            assert_eq!(read.as_deref(), written, "{text}");
        }
    }

    #[test]
    fn an_empty_host_means_the_host_of_the_server() {
        let server = Address::parse("10.0.0.1:1", 1).unwrap();
        let named = |text| server.named_by(text).map(|address| address.to_string());
        assert_eq!(named(":2").as_deref(), Some("10.0.0.1:2"));
        assert_eq!(named("?:2").as_deref(), Some("10.0.0.1:2"));
        assert_eq!(named("10.0.0.2:2").as_deref(), Some("10.0.0.2:2"));
        assert_eq!(named("").as_deref(), None);
        let long = format!("{}:2", "a".repeat(256));
        for nonsense in ["not a name:2", "evil\u{1b}[31m:2", "a%2Fb:2", "a=:2", &long] {
            assert_eq!(named(nonsense), None, "{nonsense}");
        }
    }
}
