//! The client authentication method `client_secret_basic`, with and without percent-encoding.

use http::HeaderName;
use http::header::AUTHORIZATION;
use zeroize::Zeroizing;

use super::credential::BasicEncoding;
use super::{ClientAuth, ClientCredential, ClientSecrets, CredentialProvider, SharedCredentialProvider};
use crate::Secret;
use crate::encoding::{basic_header, percent_encode};
use crate::error::Error;
use crate::runtime::BoxFuture;
use crate::token_request_context::TokenRequestContext;

/// The client authentication method `client_secret_basic`: sends client id and secret, percent-encoded, in an
/// `Authorization: Basic` header (RFC 6749 section 2.3.1).
#[derive(Debug, Clone)]
pub struct ClientSecretBasic(SharedCredentialProvider);

/// The client authentication method `client_secret_basic` without percent-encoding (plain RFC 7617), for servers that
/// do not decode client id and secret. Differs from [`ClientSecretBasic`] only if the client id or the secret contains
/// a character outside `A-Za-z0-9-._~`.
#[derive(Debug, Clone)]
pub struct ClientSecretBasicRaw(SharedCredentialProvider);

const HEADERS: [HeaderName; 1] = [AUTHORIZATION];

impl ClientSecretBasic {
    /// Creates the client authentication with a fixed secret, or with two secrets during a rotation.
    pub fn new(secrets: impl Into<ClientSecrets>) -> Self {
        Self(SharedCredentialProvider::from(secrets.into()))
    }

    /// Creates the client authentication with a provider of client secrets. The provider is called before each request
    /// to the token endpoint, so that a rotated secret is used without a restart.
    ///
    /// ```
    /// use evergrant::client_auth::{ClientSecretBasic, ClientSecrets};
    /// use evergrant::{ClientCredentials, Error};
    ///
    /// let secret = ClientSecretBasic::with_provider(|| async {
    ///     let secret = std::fs::read_to_string("/run/secrets/client").map_err(Error::credential_provider)?;
    ///     Ok(ClientSecrets::new(secret.trim_end()))
    /// });
    /// let builder = ClientCredentials::builder("client-id", secret);
    /// ```
    pub fn with_provider(provider: impl CredentialProvider) -> Self {
        Self(SharedCredentialProvider::new(provider))
    }
}

impl ClientSecretBasicRaw {
    /// Creates the client authentication with a fixed secret, or with two secrets during a rotation.
    pub fn new(secrets: impl Into<ClientSecrets>) -> Self {
        Self(SharedCredentialProvider::from(secrets.into()))
    }

    /// Creates the client authentication with a provider of client secrets, which is called before each request to the
    /// token endpoint. See [`ClientSecretBasic::with_provider`].
    pub fn with_provider(provider: impl CredentialProvider) -> Self {
        Self(SharedCredentialProvider::new(provider))
    }
}

impl ClientAuth for ClientSecretBasic {
    fn name(&self) -> &str {
        "client_secret_basic, percent-encoded"
    }

    fn authenticate<'a>(
        &'a self,
        request: TokenRequestContext<'a>,
    ) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
        self.0.credentials(move |secret| {
            let encoded = Zeroizing::new(percent_encode(secret.expose()));
            basic_credential(
                request.client_id,
                secret,
                &percent_encode(request.client_id),
                &encoded,
                false,
            )
        })
    }

    fn headers(&self) -> &[HeaderName] {
        &HEADERS
    }

    fn can_change(&self) -> bool {
        self.0.can_change()
    }
}

impl ClientAuth for ClientSecretBasicRaw {
    fn name(&self) -> &str {
        "client_secret_basic, raw"
    }

    fn authenticate<'a>(
        &'a self,
        request: TokenRequestContext<'a>,
    ) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
        self.0.credentials(move |secret| {
            basic_credential(request.client_id, secret, request.client_id, secret.expose(), true)
        })
    }

    fn headers(&self) -> &[HeaderName] {
        &HEADERS
    }

    fn can_change(&self) -> bool {
        self.0.can_change()
    }
}

fn basic_credential(client_id: &str, secret: &Secret, user: &str, password: &str, is_raw: bool) -> ClientCredential {
    let changes = |text: &str| percent_encode(text) != text;
    let mut credential = ClientCredential::new(secret.clone()).mask(secret.clone());
    // A Basic header is always a valid header value.
    if let Some(value) = basic_header(user, password) {
        credential = credential.header(AUTHORIZATION, value);
    }
    let matters = changes(client_id) || changes(secret.expose());
    credential.basic = Some(BasicEncoding { is_raw, matters });
    credential
}

#[cfg(test)]
#[cfg(not(evergrant_loom))]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::runtime::SharedRuntime;

    async fn basic_credentials(auth: impl ClientAuth) -> String {
        let request = TokenRequestContext {
            client_id: "svc special+%",
            token_endpoint: &"https://auth.example.com/token".parse().unwrap(),
            issuer: None,
            runtime: &SharedRuntime::default(),
        };
        let credentials = auth.authenticate(request).await.unwrap();
        let (name, value) = &credentials[0].headers[0];
        assert!(*name == AUTHORIZATION && value.is_sensitive());
        let value = value.to_str().unwrap().strip_prefix("Basic ").unwrap().to_owned();
        String::from_utf8(STANDARD.decode(value).unwrap()).unwrap()
    }

    #[tokio::test]
    async fn basic_is_percent_encoded_by_default() {
        let sent = basic_credentials(ClientSecretBasic::new("a+b c~é")).await;
        assert_eq!(sent, "svc%20special%2B%25:a%2Bb%20c~%C3%A9");
    }

    #[tokio::test]
    async fn raw_basic_is_not_encoded() {
        assert_eq!(
            basic_credentials(ClientSecretBasicRaw::new("a+b c~é")).await,
            "svc special+%:a+b c~é"
        );
    }
}
