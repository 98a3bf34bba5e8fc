//! What every engine behind a network is told, and the rule that its connections are encrypted.

use evergrant::Secret;
use evergrant::origin::Origin;

use crate::builder::UnencryptedConnection;
use crate::error::StoreBuildError;

/// What an engine behind a network is made of.
#[derive(Debug, Clone)]
pub(crate) struct RemoteSettings {
    /// The URL as it was given; the engine reads it, and no error of its may repeat the password.
    pub(crate) url: Secret,
    pub(crate) unencrypted: UnencryptedConnection,
}

impl RemoteSettings {
    /// Refuses an unencrypted connection to any host but this machine, unless it was allowed. To be asked of each host, while the
    /// store is built. A host is a name or an IP address, with brackets or without. A socket's folder need not be asked for.
    /// `instead` says what would be encrypted, such as "rediss://" or "sslmode=verify-full".
    pub(crate) fn check_unencrypted(&self, host: &str, instead: &'static str) -> Result<(), StoreBuildError> {
        if self.unencrypted == UnencryptedConnection::Anywhere || is_loopback(host) {
            return Ok(());
        }
        let host = host.to_owned();
        Err(StoreBuildError::ConnectionNotEncrypted { host, instead })
    }
}

/// A literal loopback address, or a `localhost` that resolves to nothing else.
fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let bracketed = match bare.contains(':') {
        true => format!("http://[{bare}]"),
        false => format!("http://{bare}"),
    };
    bracketed.parse::<Origin>().is_ok_and(|origin| origin.is_loopback())
}
