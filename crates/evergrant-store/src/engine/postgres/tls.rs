//! Opens connections, with or without TLS (rustls), and inspects their messages. Encrypted connections are always
//! verified, unlike with libpq's `require`.
//!
//! All of this happens where the driver expects a TLS handshake, so that the driver does not negotiate TLS itself and
//! every connection passes through here.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_rustls::TlsConnector;

use super::inspected_stream::{Watched, Wire};
use super::server_message_inspection::ClearText;
use crate::engine::certificates::{self, RootFile};
use crate::error::StoreBuildError;

/// Opens connections. Cloning is cheap.
#[derive(Debug, Clone)]
pub(super) struct Opening {
    pub(super) encryption: Encryption<Tls>,
    /// Applies to unencrypted connections.
    pub(super) clear_text: ClearText,
}

/// Whether a connection is encrypted, and how the server is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption<T> {
    Off,
    /// TLS is used if the server supports it.
    Offered(T),
    Required(T),
}

/// A TLS configuration with trusted certificates.
#[derive(Clone)]
pub(super) struct Tls(Arc<ClientConfig>);

/// What is verified in a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verification {
    /// The issuer and the host name are verified.
    Full,
    /// Only the issuer is verified.
    Chain,
}

/// The message that requests TLS (`SSLRequest` in the protocol).
const IS_TLS_OFFERED: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

impl Opening {
    async fn open(self, mut wire: Box<dyn Wire>, host: String) -> io::Result<Watched> {
        let (Encryption::Offered(tls) | Encryption::Required(tls)) = &self.encryption else {
            return Ok(Watched::new(wire, self.clear_text));
        };
        wire.write_all(&IS_TLS_OFFERED).await?;
        // Only the response byte is read: further bytes would not be encrypted.
        match (wire.read_u8().await?, &self.encryption) {
            (b'S', _) => {
                let host = ServerName::try_from(host).map_err(io::Error::other)?;
                let stream = TlsConnector::from(Arc::clone(&tls.0)).connect(host, wire).await?;
                Ok(Watched::new(Box::new(stream), ClearText::Allowed))
            }
            (_, Encryption::Required(_)) => Err(io::Error::other("the server does not support TLS")),
            _ => Ok(Watched::new(wire, self.clear_text)),
        }
    }
}

impl Tls {
    /// Trusts the certificates in a file, or those of the operating system.
    pub(super) fn new(file: Option<RootFile<'_>>, verification: Verification) -> Result<Self, StoreBuildError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier: Arc<dyn ServerCertVerifier> = match (file, verification) {
            (Some(file), Verification::Chain) => Arc::new(ChainOnly {
                roots: file.read()?,
                provider: Arc::clone(&provider),
            }),
            (file, _) => certificates::verifier(&provider, file)?,
        };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| StoreBuildError::tls(error.to_string()))?;
        let mut config = builder
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Self(Arc::new(config)))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

impl<S: Wire + 'static> MakeTlsConnect<S> for Opening {
    type Stream = Watched;
    type TlsConnect = OpeningTo;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> Result<OpeningTo, io::Error> {
        Ok(self.to(host))
    }
}

impl Opening {
    /// Returns the settings for a connection to this host.
    pub(super) fn to(&self, host: &str) -> OpeningTo {
        OpeningTo {
            opening: self.clone(),
            host: host.to_owned(),
        }
    }
}

/// The settings for opening one connection.
pub(super) struct OpeningTo {
    opening: Opening,
    host: String,
}

impl<S: Wire + 'static> TlsConnect<S> for OpeningTo {
    type Stream = Watched;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Watched>> + Send>>;

    fn connect(self, socket: S) -> Self::Future {
        Box::pin(self.opening.open(Box::new(socket), self.host))
    }
}

/// libpq's `verify-ca`: for certificates without the host name, as some hosted databases have them.
#[derive(Debug)]
struct ChainOnly {
    roots: Arc<RootCertStore>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for ChainOnly {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let certificate = ParsedCertificate::try_from(certificate)?;
        let algorithms = self.provider.signature_verification_algorithms.all;
        rustls::client::verify_server_cert_signed_by_trust_anchor(
            &certificate,
            &self.roots,
            intermediates,
            now,
            algorithms,
        )?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
