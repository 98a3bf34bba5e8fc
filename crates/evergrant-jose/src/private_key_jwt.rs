//! The client authentication method `private_key_jwt`.

use std::any::Any;
use std::fmt;

use evergrant::client_auth::{ClientAuth, ClientCredential};
use evergrant::runtime::BoxFuture;
use evergrant::{BuildError, Error, TokenRequestContext};

use crate::certificate::Certificate;
use crate::client_assertion::{AssertionOptions, Identity};
use crate::error::KeyError;
use crate::jws::{self, Header};
use crate::key::PrivateKey;
use crate::key_file::KeyFile;
use crate::key_source::{KeySource, SigningKey};
use crate::signer::Signer;

/// The client authentication method `private_key_jwt` (RFC 7523, OpenID Connect Core section 9): each token request
/// contains an assertion that is signed with the client's private key.
///
/// Each token request, including each retry, has a new assertion. The [crate documentation](crate#assertions) lists the
/// claims and headers with their defaults.
///
/// ```
/// use evergrant::ClientCredentials;
/// use evergrant_jose::{Algorithm, PrivateKey, PrivateKeyJwt};
///
/// // From a file, which is read again when it changes.
/// let builder = ClientCredentials::builder("client-id", PrivateKeyJwt::from_file("/run/secrets/client-key.pem"))
///     .issuer("https://auth.example.com");
///
/// // From memory.
/// let key = PrivateKey::generate(Algorithm::EdDsa)?.with_key_id("key-1");
/// let builder = ClientCredentials::builder("client-id", PrivateKeyJwt::new(key))
///     .issuer("https://auth.example.com");
/// # Ok::<(), evergrant_jose::KeyError>(())
/// ```
///
/// # Store
/// The [store key](evergrant::store::StoreKey), under which processes share tokens, contains the client authentication
/// method and the thumbprint (RFC 7638) that the key had when the token manager was built. After the key is replaced,
/// processes that start with the new key therefore share their tokens under another store key.
pub struct PrivateKeyJwt {
    key: KeySource,
    options: AssertionOptions,
    key_id: KeyId,
    sends_chain: bool,
}

/// The header `kid`.
enum KeyId {
    OfKey,
    Fixed(String),
    Thumbprint,
}

impl PrivateKeyJwt {
    /// Creates the client authentication method `private_key_jwt` with a [`PrivateKey`] or another [`Signer`].
    pub fn new(signer: impl Signer) -> Self {
        Self::from_source(KeySource::signer(signer, None))
    }

    /// Creates the client authentication method `private_key_jwt` with a signer and the certificate of its key. The
    /// thumbprints of the certificate are sent in the JWS headers `x5t` and `x5t#S256`.
    ///
    /// # Errors
    /// Returns [`KeyErrorKind::WrongCertificate`](crate::KeyErrorKind::WrongCertificate) if the signer is a
    /// [`PrivateKey`] and the certificate belongs to another key.
    pub fn with_certificate(signer: impl Signer, certificate: Certificate) -> Result<Self, KeyError> {
        if let Some(key) = (&signer as &dyn Any).downcast_ref::<PrivateKey>() {
            certificate.check_key(key)?;
        }
        Ok(Self::from_source(KeySource::signer(signer, Some(certificate))))
    }

    /// Creates the client authentication method `private_key_jwt` with a key in a file: a [`KeyFile`], or a path. The
    /// file is read when the token manager is built, and again before each token request. Building the token manager
    /// fails if the file cannot be used.
    pub fn from_file(file: impl Into<KeyFile>) -> Self {
        Self::from_source(KeySource::file(file))
    }

    fn from_source(key: KeySource) -> Self {
        Self {
            key,
            options: AssertionOptions::new(),
            key_id: KeyId::OfKey,
            sends_chain: false,
        }
    }

    /// Sets the settings of the client assertions, such as their audience.
    #[must_use]
    pub fn options(mut self, options: AssertionOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets the id of the key at the authorization server, which is sent in the JWS header `kid`. The default is the
    /// `kid` of the JWK, or the [`key_id`](Signer::key_id) of the signer. For a key from PEM, no `kid` is sent by
    /// default.
    #[must_use]
    pub fn key_id(mut self, id: impl Into<String>) -> Self {
        self.key_id = KeyId::Fixed(id.into());
        self
    }

    /// Sends the thumbprint of the key (RFC 7638) as the JWS header `kid`, which remains correct when the key is
    /// replaced. The authorization server must identify the client's keys by their thumbprints.
    #[must_use]
    pub fn key_id_from_thumbprint(mut self) -> Self {
        self.key_id = KeyId::Thumbprint;
        self
    }

    /// Sends the certificate of the key and the certificates of its issuers in the JWS header `x5c`, for servers that
    /// verify the issuers instead of storing each certificate. By default, only the thumbprints of the key's
    /// certificate are sent.
    #[must_use]
    pub fn send_certificate_chain(mut self) -> Self {
        self.sends_chain = true;
        self
    }

    /// Returns the header `kid` of an assertion that this key signs.
    fn kid<'a>(&'a self, signer: &'a dyn Signer) -> Option<&'a str> {
        match &self.key_id {
            KeyId::OfKey => signer.key_id(),
            KeyId::Fixed(id) => Some(id),
            KeyId::Thumbprint => signer.thumbprint(),
        }
    }

    async fn credential(&self, key: &SigningKey, request: TokenRequestContext<'_>) -> Result<ClientCredential, Error> {
        let signer = key.signer();
        let certificate = key.certificate();
        let id = binding(signer).unwrap_or("key");
        let (id, kid) = match (key.is_previous, &self.key_id) {
            (false, _) => (id.to_owned(), self.kid(signer)),
            // Another id than the one under which the server accepted it, so that the current key is tried first. A
            // fixed `kid` belongs to the current key.
            (true, KeyId::Fixed(_)) => (format!("previous {id}"), None),
            (true, _) => (format!("previous {id}"), self.kid(signer)),
        };
        let header = Header {
            alg: signer.algorithm().name(),
            typ: self.options.typ(),
            kid,
            x5t: certificate.map(|certificate| certificate.x5t.as_str()),
            x5t_s256: certificate.map(|certificate| certificate.x5t_s256.as_str()),
            x5c: certificate.filter(|_| self.sends_chain).map(Certificate::chain),
        };
        let identity = Identity::of_client(request.client_id());
        let input = jws::signing_input(&header, &self.options.claims(&identity, request)?)?;
        let assertion = jws::sign(input, signer).await?;
        Ok(self.options.credential(id, request, assertion))
    }
}

const NO_CERTIFICATE: &str = "send_certificate_chain() needs a certificate; set it with KeyFile::certificate(..) or \
                              PrivateKeyJwt::with_certificate(..)";

impl ClientAuth for PrivateKeyJwt {
    fn name(&self) -> &str {
        "private_key_jwt"
    }

    fn authenticate<'a>(
        &'a self,
        request: TokenRequestContext<'a>,
    ) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
        Box::pin(async move {
            let mut credentials = Vec::new();
            for key in self.key.keys(request).await? {
                credentials.push(self.credential(&key, request).await?);
            }
            Ok(credentials)
        })
    }

    fn parameters(&self) -> &[&str] {
        self.options.parameters()
    }

    fn can_change(&self) -> bool {
        self.key.can_change()
    }

    fn check(&self, issuer: Option<&str>) -> Result<(), BuildError> {
        self.options.check(issuer)?;
        let invalid = |problem: String| BuildError::InvalidSetting {
            setting: "client_auth",
            problem,
        };
        let current = self.key.current().map_err(|error| invalid(error.to_string()))?;
        if matches!(self.key_id, KeyId::Thumbprint) && current.signer().thumbprint().is_none() {
            return Err(invalid(
                "the signer does not know the thumbprint of its key; implement Signer::thumbprint, or set key_id(..)"
                    .to_owned(),
            ));
        }
        match self.sends_chain && current.certificate().is_none() {
            true => Err(invalid(NO_CERTIFICATE.to_owned())),
            false => Ok(()),
        }
    }

    fn signature_algorithm(&self) -> Option<String> {
        Some(self.key.current().ok()?.signer().algorithm().name().to_owned())
    }

    fn key_id(&self) -> Option<String> {
        binding(self.key.current().ok()?.signer()).map(str::to_owned)
    }
}

/// Returns what identifies the key of a signer.
fn binding(signer: &dyn Signer) -> Option<&str> {
    signer.thumbprint().or(signer.key_id())
}

impl fmt::Debug for PrivateKeyJwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKeyJwt")
            .field("key", &self.key)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
