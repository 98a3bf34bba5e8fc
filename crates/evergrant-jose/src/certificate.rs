//! The certificate of a key, and the headers that name it (RFC 7515 sections 4.1.6 to 4.1.8).

use std::fmt;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use crate::der::Reader;
use crate::error::{KeyError, KeyErrorKind};
use crate::key::PrivateKey;

/// Maximum number of certificates in a chain.
const MAX_CHAIN: usize = 10;

/// The X.509 certificate of a private key, followed by the certificates of its issuers. Servers such as Microsoft Entra
/// identify the key by the thumbprints of its certificate.
///
/// ```no_run
/// use evergrant_jose::{Certificate, PrivateKey, PrivateKeyJwt};
///
/// let key = PrivateKey::from_pem(&std::fs::read_to_string("client.key")?)?;
/// let certificate = Certificate::from_pem(&std::fs::read_to_string("client.crt")?)?;
/// let auth = PrivateKeyJwt::with_certificate(key, certificate)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Certificate {
    chain: Vec<String>,
    public_key_info: Vec<u8>,
    pub(crate) x5t: String,
    pub(crate) x5t_s256: String,
}

impl Certificate {
    /// Reads the certificates from a PEM text (RFC 7468 section 5). The first certificate must be that of the key.
    /// Other sections, such as a private key, are ignored.
    ///
    /// # Errors
    /// Returns [`KeyErrorKind::Malformed`] if the text contains no certificate, a damaged one, or more than ten.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let malformed = |problem: &str| KeyError::new(KeyErrorKind::Malformed, problem);
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes())
            .take(MAX_CHAIN + 1)
            .collect();
        let chain = chain.map_err(|_| malformed("the PEM text is damaged; copy the whole file"))?;
        let Some(own) = chain.first() else {
            return Err(malformed(
                "the text contains no certificate in PEM; convert one in DER with `openssl x509 -inform DER`",
            ));
        };
        if chain.len() > MAX_CHAIN {
            return Err(malformed(
                "the text contains more than ten certificates; keep the key's own and its issuers",
            ));
        }
        let public_key_info = public_key_info(own).ok_or_else(|| malformed("the certificate is damaged"))?;
        Ok(Self {
            public_key_info: public_key_info.to_vec(),
            x5t: URL_SAFE_NO_PAD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, own)),
            x5t_s256: URL_SAFE_NO_PAD.encode(digest(&SHA256, own)),
            chain: chain.iter().map(|certificate| STANDARD.encode(certificate)).collect(),
        })
    }

    /// Returns the SHA-256 thumbprint of the certificate, base64url-encoded as in the JWS header `x5t#S256`.
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.x5t_s256
    }

    pub(crate) fn chain(&self) -> &[String] {
        &self.chain
    }

    /// Checks that the certificate belongs to the key.
    pub(crate) fn check_key(&self, key: &PrivateKey) -> Result<(), KeyError> {
        match key.public_key_info() {
            Some(info) if info == self.public_key_info => Ok(()),
            _ => Err(KeyError::new(
                KeyErrorKind::WrongCertificate,
                "the certificate belongs to another key; the key's own certificate must be the first in the file",
            )),
        }
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("thumbprint", &self.x5t_s256)
            .field("chain", &self.chain.len())
            .finish_non_exhaustive()
    }
}

/// Returns the public key of a certificate (RFC 5280 section 4.1).
fn public_key_info(certificate: &[u8]) -> Option<&[u8]> {
    let mut tbs = Reader::whole(certificate)?.sequence()?.sequence()?;
    tbs.context(0); // the version, which version 1 omits
    tbs.skip_integer()?;
    for _signature_issuer_validity_subject in 0..4 {
        tbs.raw_sequence()?;
    }
    tbs.raw_sequence()
}
