//! Private keys in memory, which are read from PEM or JWK and used for signing.

mod jwk;
mod pem;
mod public_key;

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use evergrant::runtime::BoxFuture;
use evergrant::{Error, Secret};

use self::public_key::PublicKey;
use crate::algorithm::Algorithm;
use crate::error::{KeyError, KeyErrorKind};
use crate::signer::Signer;

/// A private key in memory: RSA (2048 to 8192 bits), P-256, P-384, P-521 or Ed25519. Clones share one key, which is
/// zeroized when the last clone is dropped. `Debug` shows only the thumbprint of the public key.
///
/// ```
/// use evergrant_jose::{Algorithm, PrivateKey};
///
/// let key = PrivateKey::generate(Algorithm::Es256)?.with_key_id("key-1");
/// println!("register this at the authorization server: {}", key.public_jwk());
/// assert!(!key.public_jwk().contains("\"d\""));
/// # Ok::<(), evergrant_jose::KeyError>(())
/// ```
#[derive(Clone)]
pub struct PrivateKey {
    pair: Arc<KeyPair>,
    algorithm: Algorithm,
    key_id: Option<String>,
    thumbprint: String,
}

/// The key pair. The library that owns it zeroizes it.
enum KeyPair {
    Rsa(RsaKeyPair),
    Ec(Curve, EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// A curve of ECDSA keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Curve {
    P256,
    P384,
    P521,
}

impl PrivateKey {
    /// Reads a private key from the text of a file, which is PEM or JWK.
    ///
    /// # Errors
    /// Returns a [`KeyError`] that names the cause and the remedy.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim_start_matches('\u{FEFF}');
        match text.trim_start().starts_with('{') {
            true => Self::from_jwk(text),
            false => Self::from_pem(text),
        }
    }

    /// Reads the first private key of a PEM text: `PRIVATE KEY` (PKCS#8, RFC 5958), `RSA PRIVATE KEY` (PKCS#1, RFC
    /// 8017) or `EC PRIVATE KEY` (SEC 1, RFC 5915). Other sections, such as certificates, are ignored.
    ///
    /// # Errors
    /// Returns a [`KeyError`] that names the cause and the remedy.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        pem::read(pem)
    }

    /// Reads a private JWK (RFC 7517), or a JWK set that contains exactly one private key. The `alg` and `kid` of the
    /// JWK, if it has them, become the algorithm and the id of the key.
    ///
    /// # Errors
    /// Returns a [`KeyError`] that names the cause and the remedy.
    pub fn from_jwk(json: &str) -> Result<Self, KeyError> {
        jwk::read(json)
    }

    /// Generates a private key for this signature algorithm. RSA keys have 2048 bits.
    ///
    /// # Errors
    /// Returns [`KeyErrorKind::WrongAlgorithm`] for the HMAC algorithms (HS256, HS384, HS512), which have no private
    /// key, and [`KeyErrorKind::Unsupported`] if no key can be generated.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let failed = |_| KeyError::new(KeyErrorKind::Unsupported, "no key can be generated on this machine");
        let ec = |curve: Curve| {
            Ok(KeyPair::Ec(
                curve,
                EcdsaKeyPair::generate(curve.signing()).map_err(failed)?,
            ))
        };
        let pair = match algorithm {
            Algorithm::Es256 => ec(Curve::P256)?,
            Algorithm::Es384 => ec(Curve::P384)?,
            Algorithm::Es512 => ec(Curve::P521)?,
            Algorithm::EdDsa | Algorithm::Ed25519 => KeyPair::Ed25519(Ed25519KeyPair::generate().map_err(failed)?),
            _ => KeyPair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?),
        };
        Self::new(pair)?.with_algorithm(algorithm)
    }

    fn new(pair: KeyPair) -> Result<Self, KeyError> {
        let algorithm = match &pair {
            KeyPair::Rsa(_) => Algorithm::Rs256,
            KeyPair::Ec(Curve::P256, _) => Algorithm::Es256,
            KeyPair::Ec(Curve::P384, _) => Algorithm::Es384,
            KeyPair::Ec(Curve::P521, _) => Algorithm::Es512,
            KeyPair::Ed25519(_) => Algorithm::EdDsa,
        };
        let thumbprint = PublicKey::of(&pair)?.thumbprint();
        Ok(Self {
            pair: Arc::new(pair),
            algorithm,
            key_id: None,
            thumbprint,
        })
    }

    /// Sets the signature algorithm of this key. The default is the `alg` of the JWK that the key was read from.
    /// Without `alg`, it is RS256 for an RSA key, the algorithm of the curve for an EC key (such as ES256 for P-256),
    /// and EdDSA for an Ed25519 key.
    ///
    /// # Errors
    /// Returns [`KeyErrorKind::WrongAlgorithm`] if the key cannot sign with the algorithm.
    pub fn with_algorithm(mut self, algorithm: Algorithm) -> Result<Self, KeyError> {
        use Algorithm::{Ed25519, EdDsa, Es256, Es384, Es512, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};

        let (kind, possible): (_, &[Algorithm]) = match &*self.pair {
            KeyPair::Rsa(_) => ("an RSA key", &[Rs256, Rs384, Rs512, Ps256, Ps384, Ps512]),
            KeyPair::Ec(Curve::P256, _) => ("a P-256 key", &[Es256]),
            KeyPair::Ec(Curve::P384, _) => ("a P-384 key", &[Es384]),
            KeyPair::Ec(Curve::P521, _) => ("a P-521 key", &[Es512]),
            KeyPair::Ed25519(_) => ("an Ed25519 key", &[EdDsa, Ed25519]),
        };
        if !possible.contains(&algorithm) {
            let names: Vec<&str> = possible.iter().map(|algorithm| algorithm.name()).collect();
            let problem = format!(
                "{kind} cannot sign with {algorithm}; set one of {}, or use another key",
                names.join(", ")
            );
            return Err(KeyError::new(KeyErrorKind::WrongAlgorithm, problem));
        }
        self.algorithm = algorithm;
        Ok(self)
    }

    /// Sets the id of the key at the authorization server, which is sent in the JWS header `kid`. The default is the
    /// JWK's `kid`. A key from PEM has no id by default.
    #[must_use]
    pub fn with_key_id(mut self, id: impl Into<String>) -> Self {
        self.key_id = Some(id.into());
        self
    }

    /// Returns the SHA-256 thumbprint of the public key (RFC 7638), base64url-encoded.
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// Returns the public key as a JWK (RFC 7517), to register it at the authorization server. The JWK contains `use`,
    /// `alg` and, if an id is set, `kid`.
    #[must_use]
    pub fn public_jwk(&self) -> String {
        match PublicKey::of(&self.pair) {
            Ok(key) => key.jwk(self.algorithm, self.key_id.as_deref()),
            // The key was read when it was created.
            Err(_) => String::new(),
        }
    }

    /// Returns the private key as PEM (PKCS#8), to store it.
    ///
    /// # Errors
    /// Returns [`KeyErrorKind::Unsupported`] if the key cannot be encoded.
    pub fn to_pem(&self) -> Result<Secret, KeyError> {
        let failed = |_| KeyError::new(KeyErrorKind::Unsupported, "the key cannot be encoded as PKCS#8");
        Ok(match &*self.pair {
            KeyPair::Rsa(pair) => {
                let der = AsDer::<Pkcs8V1Der<'static>>::as_der(pair).map_err(failed)?;
                pem::write(der.as_ref())
            }
            KeyPair::Ec(_, pair) => pem::write(pair.to_pkcs8v1().map_err(failed)?.as_ref()),
            KeyPair::Ed25519(pair) => pem::write(pair.to_pkcs8v1().map_err(failed)?.as_ref()),
        })
    }

    /// Returns the public key as `SubjectPublicKeyInfo` (RFC 5280 section 4.1), as certificates contain it.
    pub(crate) fn public_key_info(&self) -> Option<Vec<u8>> {
        let der: PublicKeyX509Der<'_> = match &*self.pair {
            KeyPair::Rsa(pair) => pair.public_key().as_der(),
            KeyPair::Ec(_, pair) => pair.public_key().as_der(),
            KeyPair::Ed25519(pair) => pair.public_key().as_der(),
        }
        .ok()?;
        Some(der.as_ref().to_vec())
    }

    fn sign_now(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let failed = |_| Error::client_auth("signing failed in the cryptographic library");
        let random = SystemRandom::new();
        match &*self.pair {
            KeyPair::Rsa(pair) => {
                let encoding: &dyn RsaEncoding = match self.algorithm {
                    Algorithm::Rs384 => &RSA_PKCS1_SHA384,
                    Algorithm::Rs512 => &RSA_PKCS1_SHA512,
                    Algorithm::Ps256 => &RSA_PSS_SHA256,
                    Algorithm::Ps384 => &RSA_PSS_SHA384,
                    Algorithm::Ps512 => &RSA_PSS_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            KeyPair::Ec(_, pair) => Ok(pair.sign(&random, message).map_err(failed)?.as_ref().to_vec()),
            KeyPair::Ed25519(pair) => Ok(pair.try_sign(message).map_err(failed)?.as_ref().to_vec()),
        }
    }
}

impl Signer for PrivateKey {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    fn thumbprint(&self) -> Option<&str> {
        Some(&self.thumbprint)
    }

    fn public_jwk(&self) -> Option<String> {
        Some(Self::public_jwk(self))
    }

    fn sign<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
        Box::pin(async move { self.sign_now(message) })
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey")
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .field("thumbprint", &self.thumbprint)
            .finish_non_exhaustive()
    }
}

impl Curve {
    fn signing(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Self::P256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
            Self::P384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
            Self::P521 => &ECDSA_P521_SHA512_FIXED_SIGNING,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// Returns the length of a coordinate in bytes.
    fn len(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

#[cfg(test)]
mod tests;
