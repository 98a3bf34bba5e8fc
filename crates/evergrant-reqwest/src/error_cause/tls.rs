//! The causes of failed TLS handshakes, for rustls.

use evergrant::error::TransportCause;
use evergrant::transport::check_root_certificates;
use rustls::{AlertDescription, CertificateError, InvalidMessage};

use crate::http_client_pair::lacks_root_certificates;

/// Returns the cause of a failed handshake.
pub(super) fn tls_cause(error: &rustls::Error) -> Option<TransportCause> {
    use rustls::Error;

    Some(match error {
        Error::InvalidCertificate(error) => certificate_cause(error),
        Error::InvalidMessage(InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion) => {
            TransportCause::TlsNotSupported
        }
        Error::PeerIncompatible(_) | Error::NoApplicationProtocol => TransportCause::IncompatibleTls,
        Error::AlertReceived(alert) => return alert_cause(*alert),
        _ => return None,
    })
}

fn alert_cause(alert: AlertDescription) -> Option<TransportCause> {
    Some(match alert {
        AlertDescription::HandshakeFailure
        | AlertDescription::ProtocolVersion
        | AlertDescription::InsufficientSecurity
        | AlertDescription::NoApplicationProtocol => TransportCause::IncompatibleTls,
        AlertDescription::CertificateRequired
        | AlertDescription::NoCertificate
        | AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied => TransportCause::ClientCertificateRequired,
        AlertDescription::UnrecognisedName => TransportCause::HostNameMismatch,
        _ => return None,
    })
}

fn certificate_cause(error: &CertificateError) -> TransportCause {
    match error {
        // `BadSignature`: the authority was created again with the same name.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => untrusted_issuer_cause(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TransportCause::HostNameMismatch
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TransportCause::ExpiredCertificate,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            TransportCause::CertificateNotYetValid
        }
        // A message of rustls-webpki; rustls has no variant for it.
        CertificateError::Other(error) if error.to_string().contains("CaUsedAsEndEntity") => {
            TransportCause::CaUsedAsEndEntity
        }
        _ => TransportCause::InvalidCertificate,
    }
}

/// Returns why the issuer is not trusted. Reads the root certificates again, so it is called only after such a failure.
fn untrusted_issuer_cause() -> TransportCause {
    match check_root_certificates() {
        Err(problem) => TransportCause::unreadable_root_certificates(problem),
        Ok(()) if lacks_root_certificates() => TransportCause::NoRootCertificates,
        Ok(()) => TransportCause::UntrustedCertificate,
    }
}
