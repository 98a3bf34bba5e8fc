//! What entitles the client to a token (RFC 6749 section 1.3): one file per grant.

mod client_credentials;

pub use self::client_credentials::ClientCredentials;

/// A configured grant.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Grant {
    ClientCredentials,
}

impl Grant {
    pub(crate) fn grant_type(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
        }
    }
}
