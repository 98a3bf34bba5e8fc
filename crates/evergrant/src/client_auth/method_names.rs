//! The names of client authentication methods, for OpenAPI documents and configuration files.

use super::{
    ClientSecretBasic, ClientSecretBasicRaw, ClientSecretPost, ClientSecrets, CredentialProvider, PublicClient,
    SharedClientAuth,
};

/// The name of a client authentication method (RFC 6749 section 2.3), for OpenAPI documents and configuration files.
///
/// ```
/// use evergrant::ClientCredentials;
/// use evergrant::client_auth::ClientAuthMethod;
///
/// let method = ClientAuthMethod::Post; // from a configuration file
/// let builder = ClientCredentials::builder("client-id", method.with("not-a-real-secret"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ClientAuthMethod {
    /// Client id and secret, percent-encoded, in the `Authorization` header ([`ClientSecretBasic`]). The default.
    #[default]
    Basic,
    /// Client id and secret, not percent-encoded, in the `Authorization` header ([`ClientSecretBasicRaw`]).
    BasicRaw,
    /// Client id and secret in the request body ([`ClientSecretPost`]).
    Post,
    /// The client id in the request body, without a secret ([`PublicClient`]).
    None,
}

impl ClientAuthMethod {
    /// Creates client authentication with this method and fixed secrets. The method [`None`](Self::None) ignores the
    /// secrets.
    pub fn with(self, secrets: impl Into<ClientSecrets>) -> SharedClientAuth {
        match self {
            Self::Basic => ClientSecretBasic::new(secrets).into(),
            Self::BasicRaw => ClientSecretBasicRaw::new(secrets).into(),
            Self::Post => ClientSecretPost::new(secrets).into(),
            Self::None => PublicClient.into(),
        }
    }

    /// Creates client authentication with this method and a provider of client secrets, which is called before each
    /// request to the token endpoint. The method [`None`](Self::None) ignores the provider.
    pub fn with_provider(self, provider: impl CredentialProvider) -> SharedClientAuth {
        match self {
            Self::Basic => ClientSecretBasic::with_provider(provider).into(),
            Self::BasicRaw => ClientSecretBasicRaw::with_provider(provider).into(),
            Self::Post => ClientSecretPost::with_provider(provider).into(),
            Self::None => PublicClient.into(),
        }
    }
}
