//! The client authentication method `client_secret_post`.

use super::{ClientAuth, ClientCredential, ClientSecrets, CredentialProvider, SharedCredentialProvider};
use crate::error::Error;
use crate::runtime::BoxFuture;
use crate::token_request_context::TokenRequestContext;

/// The client authentication method `client_secret_post`: sends client id and secret as body parameters (RFC 6749
/// section 2.3.1).
#[derive(Debug, Clone)]
pub struct ClientSecretPost(SharedCredentialProvider);

impl ClientSecretPost {
    /// Creates the client authentication with a fixed secret, or with two secrets during a rotation.
    pub fn new(secrets: impl Into<ClientSecrets>) -> Self {
        Self(SharedCredentialProvider::from(secrets.into()))
    }

    /// Creates the client authentication with a provider of client secrets, which is called before each request to the
    /// token endpoint. See [`ClientSecretBasic::with_provider`](super::ClientSecretBasic::with_provider).
    pub fn with_provider(provider: impl CredentialProvider) -> Self {
        Self(SharedCredentialProvider::new(provider))
    }
}

impl ClientAuth for ClientSecretPost {
    fn name(&self) -> &str {
        "client_secret_post"
    }

    fn authenticate<'a>(
        &'a self,
        request: TokenRequestContext<'a>,
    ) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
        self.0.credentials(move |secret| {
            ClientCredential::new(secret.clone())
                .param("client_id", request.client_id)
                .secret_param("client_secret", secret.clone())
        })
    }

    fn parameters(&self) -> &[&str] {
        &["client_id", "client_secret"]
    }

    fn can_change(&self) -> bool {
        self.0.can_change()
    }
}
