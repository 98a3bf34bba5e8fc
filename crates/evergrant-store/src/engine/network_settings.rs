//! Settings of engines with network connections, and the rule that these connections are encrypted.

use std::net::IpAddr;

use evergrant::Secret;
use evergrant::origin::Origin;

use crate::error::StoreBuildError;
use crate::insecure_connections::{Permits, UnencryptedConnection};

/// The settings of an engine with network connections.
#[derive(Debug, Clone)]
pub(crate) struct RemoteSettings {
    /// The URL. The engine parses it; its errors must not repeat the password.
    pub(crate) url: Secret,
    pub(crate) permits: Permits,
}

impl RemoteSettings {
    /// Rejects an unencrypted connection to another machine, unless it is allowed. Called for each host while the store
    /// is built, but not for Unix sockets. `host` is a name or an IP address, with or without brackets. `instead` is
    /// how to encrypt the connection, such as "rediss://" or "sslmode=verify-full".
    pub(crate) fn check_unencrypted(&self, host: &str, instead: &'static str) -> Result<(), StoreBuildError> {
        if self.permits.unencrypted == UnencryptedConnection::Anywhere || is_loopback(host) {
            return Ok(());
        }
        let host = host.to_owned();
        Err(StoreBuildError::ConnectionNotEncrypted { host, instead })
    }
}

/// Returns whether the text is a valid host name (with the length limit of RFC 1035 section 2.3.4; underscores are
/// allowed because some networks use them) or an IP address, with or without a zone.
pub(crate) fn is_host(text: &str) -> bool {
    let is_address = text.contains(':');
    let allowed = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':') || byte == b'%' && is_address
    };
    !text.is_empty() && text.len() <= 255 && text.bytes().all(allowed)
}

/// Returns whether the host is a loopback address, or a `localhost` that resolves to loopback addresses only.
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
    fn unencrypted_connections_to_other_machines_need_permission() {
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
