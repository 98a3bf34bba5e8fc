//! Trusted certificates of TLS connections: those of the operating system, or those in a file.

use std::fmt;
use std::io;
use std::sync::Arc;

use evergrant::error::TransportCause;
use evergrant::transport::check_root_certificates;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{CertificateError, RootCertStore};

use crate::error::StoreBuildError;

/// A PEM file with the only trusted certificates.
#[derive(Debug, Clone, Copy)]
pub(super) struct RootFile<'a> {
    /// Its option in the URL, for messages.
    pub(super) setting: &'static str,
    pub(super) path: &'a str,
}

/// Returns a verifier of certificates and host names, with the certificates in `file` or those of the operating system.
pub(super) fn verifier(
    provider: &Arc<CryptoProvider>,
    file: Option<RootFile<'_>>,
) -> Result<Arc<dyn ServerCertVerifier>, StoreBuildError> {
    let provider = Arc::clone(provider);
    match file {
        None => {
            check_root_certificates()
                .map_err(|problem| StoreBuildError::tls(format!("{problem}; correct or unset it")))?;
            match rustls_platform_verifier::Verifier::new(provider) {
                Ok(verifier) => Ok(Arc::new(verifier)),
                Err(error) => Err(StoreBuildError::tls(format!(
                    "the system's certificates cannot be used: {error}; install the package ca-certificates, or set a \
                     file of certificates in SSL_CERT_FILE or in the store's URL (ca=FILE for Redis, sslrootcert=FILE \
                     for Postgres)"
                ))),
            }
        }
        Some(file) => match WebPkiServerVerifier::builder_with_provider(file.read()?, provider).build() {
            Ok(verifier) => Ok(verifier),
            Err(error) => Err(file.problem(&error)),
        },
    }
}

/// Describes why a handshake failed and what to do. `setting` is the URL option for the trusted certificates. The names
/// in a certificate are not shown, because its server chooses them.
pub(super) fn cause(error: &io::Error, setting: &str) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let problem = match inner {
        Some(rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext { expected, .. })) => {
            format!("the certificate is not valid for name {}", expected.to_str())
        }
        Some(other) => other.to_string(),
        None => error.to_string(),
    };
    let cause = match inner {
        Some(rustls::Error::InvalidCertificate(error)) => match error {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Some(TransportCause::HostNameMismatch)
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                Some(TransportCause::ExpiredCertificate)
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Some(TransportCause::CertificateNotYetValid)
            }
            CertificateError::Other(error) if error.to_string().contains("CaUsedAsEndEntity") => {
                Some(TransportCause::CaUsedAsEndEntity)
            }
            _ => None,
        },
        _ => None,
    };
    match cause {
        Some(cause) => format!("{problem}; {}", cause.hint()),
        None => format!("{problem}; to trust other certificates, add {setting}=FILE to the store's URL"),
    }
}

impl RootFile<'_> {
    pub(super) fn read(self) -> Result<Arc<RootCertStore>, StoreBuildError> {
        let mut roots = RootCertStore::empty();
        let certificates = CertificateDer::pem_file_iter(self.path).map_err(|error| self.problem(&error))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| self.problem(&error))?;
            roots.add(certificate).map_err(|error| self.problem(&error))?;
        }
        match roots.is_empty() {
            true => Err(self.problem(&"the file has no certificate")),
            false => Ok(Arc::new(roots)),
        }
    }

    fn problem(self, problem: &dyn fmt::Display) -> StoreBuildError {
        let (setting, path) = (self.setting, self.path.escape_debug());
        StoreBuildError::tls(format!("{setting}={path} cannot be used: {problem}"))
    }
}
