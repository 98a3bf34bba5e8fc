//! Signature algorithms of JSON Web Signatures.

use std::fmt;
use std::str::FromStr;

use crate::der::Reader;
use crate::error::{KeyError, KeyErrorKind};

/// A signature algorithm of JSON Web Signatures (RFC 7518 section 3, RFC 8037, RFC 9864).
///
/// ```
/// use evergrant_jose::Algorithm;
///
/// let algorithm: Algorithm = "PS256".parse()?;
/// assert_eq!(algorithm, Algorithm::Ps256);
/// assert_eq!(algorithm.to_string(), "PS256");
/// # Ok::<(), evergrant_jose::KeyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-256 (HS256), for [`ClientSecretJwt`](crate::ClientSecretJwt).
    Hs256,
    /// HMAC with SHA-384 (HS384), for [`ClientSecretJwt`](crate::ClientSecretJwt).
    Hs384,
    /// HMAC with SHA-512 (HS512), for [`ClientSecretJwt`](crate::ClientSecretJwt).
    Hs512,
    /// RSASSA-PKCS1-v1_5 with SHA-256. This is the default for RSA keys.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256. This is the default for P-256 keys.
    Es256,
    /// ECDSA on P-384 with SHA-384. This is the default for P-384 keys.
    Es384,
    /// ECDSA on P-521 with SHA-512. This is the default for P-521 keys.
    Es512,
    /// Ed25519 under the name `EdDSA` (RFC 8037). This is the default for Ed25519 keys.
    EdDsa,
    /// Ed25519 under the name `Ed25519` (RFC 9864), for servers that no longer accept the name `EdDSA`.
    Ed25519,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 14] = [
        Self::Hs256,
        Self::Hs384,
        Self::Hs512,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::EdDsa,
        Self::Ed25519,
    ];

    /// Returns the registered name of the algorithm, as in the JWS header `alg`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::EdDsa => "EdDSA",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// Returns whether a shared secret signs.
    pub(crate) fn is_hmac(self) -> bool {
        matches!(self, Self::Hs256 | Self::Hs384 | Self::Hs512)
    }

    /// Returns the length of a signature in bytes; `None` if it depends on the key.
    pub(crate) fn signature_len(self) -> Option<usize> {
        Some(match self {
            Self::Hs256 => 32,
            Self::Hs384 => 48,
            Self::Es256 | Self::Hs512 | Self::EdDsa | Self::Ed25519 => 64,
            Self::Es384 => 96,
            Self::Es512 => 132,
            _ => return None,
        })
    }

    /// Converts an ECDSA signature from DER to the format of JSON Web Signatures (RFC 7518 section 3.4). Most key
    /// services return signatures in DER.
    ///
    /// ```
    /// use evergrant_jose::Algorithm;
    ///
    /// let der = [0x30, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x07]; // r = 5, s = 7
    /// let signature = Algorithm::Es256.signature_from_der(&der)?;
    /// assert_eq!((signature.len(), signature[31], signature[63]), (64, 5, 7));
    /// # Ok::<(), evergrant_jose::KeyError>(())
    /// ```
    ///
    /// # Errors
    /// Returns [`KeyErrorKind::Malformed`] if `der` is not an ECDSA signature in DER, and
    /// [`KeyErrorKind::WrongAlgorithm`] if this algorithm is not ECDSA.
    pub fn signature_from_der(self, der: &[u8]) -> Result<Vec<u8>, KeyError> {
        let (Self::Es256 | Self::Es384 | Self::Es512, Some(len)) = (self, self.signature_len()) else {
            let problem = format!("{self} is not an ECDSA algorithm, so its signatures are not in DER");
            return Err(KeyError::new(KeyErrorKind::WrongAlgorithm, problem));
        };
        let half = len / 2;
        let parts = || {
            let mut numbers = Reader::whole(der)?.sequence()?;
            let (r, s) = (numbers.unsigned_integer()?, numbers.unsigned_integer()?);
            numbers.end()?;
            (r.len() <= half && s.len() <= half).then_some((r, s))
        };
        let (r, s) = parts().ok_or_else(|| {
            KeyError::new(
                KeyErrorKind::Malformed,
                format!("the bytes are not an {self} signature in DER"),
            )
        })?;
        let mut signature = vec![0; len];
        signature[half - r.len()..half].copy_from_slice(r);
        signature[len - s.len()..].copy_from_slice(s);
        Ok(signature)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = KeyError;

    fn from_str(name: &str) -> Result<Self, KeyError> {
        let found = Self::ALL.into_iter().find(|algorithm| algorithm.name() == name);
        found.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|algorithm| algorithm.name()).collect();
            let shown: String = name.chars().take(40).collect();
            let problem = format!(
                "`{}` is not a supported signature algorithm; use one of {}",
                shown.escape_debug(),
                names.join(", ")
            );
            KeyError::new(KeyErrorKind::WrongAlgorithm, problem)
        })
    }
}
