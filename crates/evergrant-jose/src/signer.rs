//! The interface to keys that sign assertions and proofs: keys in memory, in a key service (KMS), or in a hardware
//! token.

use std::fmt;
use std::sync::Arc;

use evergrant::Error;
use evergrant::runtime::BoxFuture;

use crate::algorithm::Algorithm;

/// A private key that signs assertions and [DPoP](crate::Dpop) proofs. Implement this trait for keys that do not leave
/// a key service (KMS) or a hardware token (PKCS#11). [`PrivateKey`](crate::PrivateKey) implements it for keys in
/// memory.
///
/// # Contract
/// - [`sign`](Self::sign) is called for each assertion, and for each request with a DPoP proof. The time that it takes
///   counts towards the time limit of the token request. Run an operation that blocks its thread with
///   [`TokenRequestContext::run_blocking`] or the runtime's equivalent.
/// - The `Debug` output contains no secret.
///
/// [`TokenRequestContext::run_blocking`]: evergrant::TokenRequestContext::run_blocking
///
/// ```
/// use evergrant::Error;
/// use evergrant::runtime::BoxFuture;
/// use evergrant_jose::{Algorithm, PrivateKeyJwt, Signer};
///
/// /// A client of a key service.
/// # #[derive(Debug)]
/// # struct KeyService;
/// # impl KeyService {
/// #     async fn sign(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, std::io::Error> { unimplemented!() }
/// # }
/// #[derive(Debug)]
/// struct ServiceKey {
///     service: KeyService,
///     id: String,
/// }
///
/// impl Signer for ServiceKey {
///     fn algorithm(&self) -> Algorithm {
///         Algorithm::Es256
///     }
///
///     fn key_id(&self) -> Option<&str> {
///         Some(&self.id)
///     }
///
///     fn sign<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
///         Box::pin(async move {
///             let signature = self.service.sign(&self.id, message).await.map_err(Error::client_auth)?;
///             // Key services return ECDSA signatures in DER.
///             Algorithm::Es256.signature_from_der(&signature).map_err(Error::client_auth)
///         })
///     }
/// }
///
/// let auth = PrivateKeyJwt::new(ServiceKey { service: KeyService, id: "key-1".to_owned() });
/// ```
pub trait Signer: fmt::Debug + Send + Sync + 'static {
    /// Returns the signature algorithm, which the signatures of [`sign`](Self::sign) have.
    fn algorithm(&self) -> Algorithm;

    /// Returns the id of the key at the authorization server, which is sent in the JWS header `kid`. `None` omits this
    /// header.
    fn key_id(&self) -> Option<&str>;

    /// Returns the thumbprint of the public key (RFC 7638), base64url-encoded. It is part of the [store
    /// key](evergrant::store::StoreKey), under which processes share tokens. The default is `None`; the store key then
    /// contains [`key_id`](Self::key_id).
    fn thumbprint(&self) -> Option<&str> {
        None
    }

    /// Returns the public key as a JWK (RFC 7517), which [DPoP](crate::Dpop) proofs contain. The default is `None`,
    /// which is sufficient for assertions.
    fn public_jwk(&self) -> Option<String> {
        None
    }

    /// Signs `message`, and returns the signature in the format of JSON Web Signatures. For ECDSA, this is `r` and `s`,
    /// each with the length of the curve (RFC 7518 section 3.4). To convert a signature from DER, see
    /// [`Algorithm::signature_from_der`].
    ///
    /// # Errors
    /// If signing fails, wrap the error with [`Error::client_auth`]. The token request is then not sent.
    fn sign<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, Error>>;
}

/// A handle to any [`Signer`].
pub(crate) type SharedSigner = Arc<dyn Signer>;
