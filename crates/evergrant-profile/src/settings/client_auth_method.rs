//! The client authentication methods of profiles (`auth`), and their names.

use evergrant::client_auth::ClientAuthMethod;

/// The client authentication method that a profile selects with its key `auth`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthMethod {
    /// The client's secret is sent, or the client is public.
    Secret(ClientAuthMethod),
    /// The client's secret signs an assertion (RFC 7523 section 2.2). Requires the feature `jose`.
    ClientSecretJwt,
    /// The client's key signs an assertion (RFC 7523 section 2.2), which requires the feature `jose`; or the platform
    /// writes an assertion to a file.
    PrivateKeyJwt,
}

impl AuthMethod {
    /// All client authentication methods, each with the names that a profile's key `auth` accepts for it. The preferred
    /// name is the first.
    pub const NAMES: [(Self, &[&str]); 6] = [
        (Self::Secret(ClientAuthMethod::Basic), &["basic", "client_secret_basic"]),
        (Self::Secret(ClientAuthMethod::BasicRaw), &["raw"]),
        (Self::Secret(ClientAuthMethod::Post), &["post", "client_secret_post"]),
        (Self::Secret(ClientAuthMethod::None), &["none"]),
        (Self::ClientSecretJwt, &["client_secret_jwt"]),
        (Self::PrivateKeyJwt, &["private_key_jwt"]),
    ];

    /// Returns the preferred name of this client authentication method in a profile.
    #[must_use]
    pub fn name(self) -> &'static str {
        let known = Self::NAMES.iter().find(|(method, _)| *method == self);
        known.map_or("", |(_, names)| names[0])
    }

    /// Returns whether this client authentication method uses the client secret.
    #[must_use]
    pub fn uses_secret(self) -> bool {
        !matches!(self, Self::Secret(ClientAuthMethod::None) | Self::PrivateKeyJwt)
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let known = Self::NAMES.iter().find(|(_, names)| names.contains(&name));
        known.map(|(method, _)| *method)
    }
}
