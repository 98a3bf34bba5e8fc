//! What every engine behind a network is told, and the rule that its connections are encrypted.

use std::net::IpAddr;

use evergrant::Secret;
use evergrant::origin::Origin;

use crate::builder::{Permits, UnencryptedConnection};
use crate::error::StoreBuildError;

/// What an engine behind a network is made of.
#[derive(Debug, Clone)]
pub(crate) struct RemoteSettings {
    /// The URL as it was given; the engine reads it, and no error of its may repeat the password.
    pub(crate) url: Secret,
    pub(crate) permits: Permits,
}

impl RemoteSettings {
    /// Refuses an unencrypted connection to any host but this machine, unless it was allowed. To be asked of each host, while the
    /// store is built. A host is a name or an IP address, with brackets or without. A socket's folder need not be asked for.
    /// `instead` says what would be encrypted, such as "rediss://" or "sslmode=verify-full".
    pub(crate) fn check_unencrypted(&self, host: &str, instead: &'static str) -> Result<(), StoreBuildError> {
        if self.permits.unencrypted == UnencryptedConnection::Anywhere || is_loopback(host) {
            return Ok(());
        }
        let host = host.to_owned();
        Err(StoreBuildError::ConnectionNotEncrypted { host, instead })
    }
}

/// Whether it can be the name of a host (RFC 1035 section 2.3.4 has its length), with underscores as some networks have them, or an
/// IP address, with a zone or without.
pub(crate) fn is_host(text: &str) -> bool {
    let is_address = text.contains(':');
    let allowed = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':') || byte == b'%' && is_address
    };
    !text.is_empty() && text.len() <= 255 && text.bytes().all(allowed)
}

/// A literal loopback address, or a `localhost` that resolves to nothing else.
fn is_loopback(host: &str) -> bool {
    if host.eq_ignore_ascii_case("localhost") {
        return "http://localhost"
            .parse::<Origin>()
            .is_ok_and(|origin| origin.is_loopback());
    }
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_may_be_reached_without_encryption_unless_it_is_allowed() {
        let mut settings = RemoteSettings {
            url: "not-a-real-url".into(),
            permits: Permits::default(),
        };
        for host in ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"] {
            assert_eq!(settings.check_unencrypted(host, "TLS"), Ok(()), "{host}");
        }
        for host in [
            "192.0.2.1",
            "tokens.example.com",
            "localhost.example.com",
            "::",
            "2001:db8::1",
            "",
            "a@127.0.0.1",
            "127.0.0.1?a",
            "127.0.0.1:1",
            "/tmp",
        ] {
            let error = settings.check_unencrypted(host, "TLS").unwrap_err().to_string();
            assert!(
                error.contains("use TLS") && error.contains("danger_allow_unencrypted_connection()"),
                "{error}"
            );
        }
        settings.permits.unencrypted = UnencryptedConnection::Anywhere;
        assert_eq!(settings.check_unencrypted("tokens.example.com", "TLS"), Ok(()));
    }
}
