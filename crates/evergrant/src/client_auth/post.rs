//! The client authentication method `client_secret_post`.

use super::secrets::SecretSource;
use super::{ClientAuth, ClientCredential, ClientSecrets, CredentialProvider};
use crate::error::Error;
use crate::runtime::BoxFuture;
use crate::token_request_context::TokenRequestContext;

/// The method `client_secret_post`: sends client id and secret as body parameters (RFC 6749 section 2.3.1).
#[derive(Debug, Clone)]
pub struct ClientSecretPost(SecretSource);

impl ClientSecretPost {
    /// Creates the method with a fixed secret, or with two secrets during a rotation.
    pub fn new(secrets: impl Into<ClientSecrets>) -> Self {
        Self(SecretSource::fixed(secrets))
    }

    /// Creates the method with a provider, which is called for the secret before each attempt. See
    /// [`ClientSecretBasic::with_provider`](super::ClientSecretBasic::with_provider).
    pub fn with_provider(provider: impl CredentialProvider) -> Self {
        Self(SecretSource::provider(provider))
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
