//! The client authentication method `client_secret_jwt`.

use aws_lc_rs::hmac;
use evergrant::client_auth::{
    ClientAuth, ClientCredential, ClientSecrets, CredentialProvider, SharedCredentialProvider,
};
use evergrant::runtime::BoxFuture;
use evergrant::{BuildError, Error, Secret, TokenRequestContext};

use crate::algorithm::Algorithm;
use crate::client_assertion::{AssertionOptions, Identity};
use crate::error::{KeyError, KeyErrorKind};
use crate::jws::{self, Header};

/// The client authentication method `client_secret_jwt` (RFC 7523, OpenID Connect Core section 9): each token request
/// contains an assertion that is signed with the client secret. The secret itself is not sent.
///
/// The secret must have at least as many bytes as the hash of the signature algorithm: 32 for HS256, 48 for HS384, 64
/// for HS512 (RFC 7518 section 3.2).
///
/// ```
/// use evergrant::ClientCredentials;
/// use evergrant_jose::ClientSecretJwt;
///
/// let auth = ClientSecretJwt::new("not-a-real-secret-of-32-bytes-or-more");
/// let builder = ClientCredentials::builder("client-id", auth).issuer("https://auth.example.com");
/// ```
#[derive(Debug)]
pub struct ClientSecretJwt {
    secrets: SharedCredentialProvider,
    algorithm: Algorithm,
    options: AssertionOptions,
}

impl ClientSecretJwt {
    /// Creates the client authentication method `client_secret_jwt` with a fixed secret, or with two secrets during a
    /// rotation.
    pub fn new(secrets: impl Into<ClientSecrets>) -> Self {
        Self::from_secrets(SharedCredentialProvider::from(secrets.into()))
    }

    /// Creates the client authentication method `client_secret_jwt` with a provider of client secrets, which is called
    /// before each token request. See
    /// [`ClientSecretBasic::with_provider`](evergrant::client_auth::ClientSecretBasic::with_provider).
    pub fn with_provider(provider: impl CredentialProvider) -> Self {
        Self::from_secrets(SharedCredentialProvider::new(provider))
    }

    fn from_secrets(secrets: SharedCredentialProvider) -> Self {
        Self {
            secrets,
            algorithm: Algorithm::Hs256,
            options: AssertionOptions::new(),
        }
    }

    /// Sets the signature algorithm of the client assertions: [`Hs256`](Algorithm::Hs256), [`Hs384`](Algorithm::Hs384)
    /// or [`Hs512`](Algorithm::Hs512). The default is HS256.
    #[must_use]
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Sets the settings of the client assertions, such as their audience.
    #[must_use]
    pub fn options(mut self, options: AssertionOptions) -> Self {
        self.options = options;
        self
    }

    fn sign(&self, secret: &Secret, input: &str) -> Result<Secret, KeyError> {
        let key = hmac::Key::new(hmac_algorithm(self.algorithm)?, checked(self.algorithm, secret)?);
        Ok(jws::token(input, hmac::sign(&key, input.as_bytes()).as_ref()))
    }
}

impl ClientAuth for ClientSecretJwt {
    fn name(&self) -> &str {
        "client_secret_jwt"
    }

    fn authenticate<'a>(
        &'a self,
        request: TokenRequestContext<'a>,
    ) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
        Box::pin(async move {
            let header = Header {
                alg: self.algorithm.name(),
                typ: self.options.typ(),
                ..Header::default()
            };
            let secrets = self.secrets.secrets().await?;
            let credentials = secrets.iter().map(|secret| {
                let input = jws::signing_input(
                    &header,
                    &self
                        .options
                        .claims(&Identity::of_client(request.client_id()), request)?,
                )?;
                let assertion = self.sign(secret, &input).map_err(Error::client_auth)?;
                let credential = self.options.credential(secret.clone(), request, assertion);
                Ok(credential.mask(secret.clone()))
            });
            credentials.collect()
        })
    }

    fn parameters(&self) -> &[&str] {
        self.options.parameters()
    }

    fn can_change(&self) -> bool {
        self.secrets.can_change()
    }

    fn signature_algorithm(&self) -> Option<String> {
        Some(self.algorithm.name().to_owned())
    }

    fn check(&self, issuer: Option<&str>) -> Result<(), BuildError> {
        self.options.check(issuer)?;
        let secrets = self.secrets.fixed().into_iter().flat_map(ClientSecrets::iter);
        let mut checks = secrets.map(|secret| checked(self.algorithm, secret).map(drop));
        let checked = hmac_algorithm(self.algorithm).and_then(|_| checks.try_for_each(|check| check));
        checked.map_err(|error| BuildError::InvalidSetting {
            setting: "client_auth",
            problem: error.to_string(),
        })
    }
}

fn hmac_algorithm(algorithm: Algorithm) -> Result<hmac::Algorithm, KeyError> {
    match algorithm {
        Algorithm::Hs256 => Ok(hmac::HMAC_SHA256),
        Algorithm::Hs384 => Ok(hmac::HMAC_SHA384),
        Algorithm::Hs512 => Ok(hmac::HMAC_SHA512),
        other => Err(KeyError::new(
            KeyErrorKind::WrongAlgorithm,
            format!("a client secret cannot sign with {other}; set HS256, HS384 or HS512, or use PrivateKeyJwt"),
        )),
    }
}

/// Returns the bytes of a secret that is long enough (RFC 7518 section 3.2).
fn checked(algorithm: Algorithm, secret: &Secret) -> Result<&[u8], KeyError> {
    let bytes = secret.expose().as_bytes();
    match algorithm.signature_len() {
        Some(len) if bytes.len() < len => Err(KeyError::new(
            KeyErrorKind::TooSmall,
            format!(
                "the client secret has fewer than {len} bytes, which {algorithm} requires (RFC 7518 section 3.2); \
                 have the server issue a longer one, or use another method"
            ),
        )),
        _ => Ok(bytes),
    }
}
