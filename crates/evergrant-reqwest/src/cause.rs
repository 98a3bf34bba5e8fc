//! From an error of reqwest to its cause: by the types in its chain where they are public, and else by their text.

use std::error::Error;
use std::io;
use std::iter::successors;

use evergrant::error::TransportCause;
use evergrant::transport::check_root_certificates;
use rustls::{AlertDescription, CertificateError, InvalidMessage};

use crate::http::lacks_root_certificates;
use crate::proxy;

/// Most errors that wrap each other which are looked at.
const LONGEST_CHAIN: usize = 32;

/// Why a request over reqwest failed, if that can be told; [`hint`](TransportCause::hint) says what to do about it. A
/// proxy is named by the variable that sets it, such as `HTTPS_PROXY`: one that is set on the client's builder cannot
/// be seen.
///
/// ```no_run
/// # async fn run() {
/// if let Err(error) = reqwest::get("https://expired.example.com/").await
///     && let Some(cause) = evergrant_reqwest::transport_cause(&error)
/// {
///     eprintln!("{error}: {}", cause.hint());
/// }
/// # }
/// ```
#[must_use]
pub fn transport_cause(error: &reqwest::Error) -> Option<TransportCause> {
    if error.is_builder() {
        return Some(TransportCause::InvalidRequest);
    }
    let is_plain = error.url().is_some_and(|url| url.scheme() == "http");
    let proxy = || proxy::named_by_the_environment(error.url());
    // A type that is not public.
    if let Some(tunnel) = chain(error).find(|link| link.to_string().starts_with("tunnel error")) {
        return Some(match tunnel.to_string() {
            text if text.ends_with("proxy authorization required") => TransportCause::proxy_authentication(proxy()),
            text if text.ends_with("unsuccessful") => TransportCause::proxy_refused(proxy()),
            _ => TransportCause::proxy_unreachable(proxy()),
        });
    }
    if error.is_connect() && is_plain && proxy::takes(error.url()) {
        return Some(TransportCause::proxy_unreachable(proxy()));
    }
    let mut looks_up = false;
    chain(error).find_map(|link| {
        // That of a private type.
        looks_up |= link.to_string() == "dns error";
        if let Some(error) = link.downcast_ref::<rustls::Error>() {
            return of_tls(error);
        }
        if let Some(error) = link.downcast_ref::<h2::Error>() {
            return of_http2(error);
        }
        if let Some(error) = link.downcast_ref::<hyper::Error>() {
            return of_http1(error, is_plain);
        }
        link.downcast_ref::<io::Error>()
            .and_then(|error| of_io(error, looks_up))
    })
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |link| inner(*link)).take(LONGEST_CHAIN)
}

/// What an error wraps. An `io::Error` has that in a place of its own.
fn inner<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

fn of_tls(error: &rustls::Error) -> Option<TransportCause> {
    use rustls::Error;

    Some(match error {
        Error::InvalidCertificate(error) => of_certificate(error),
        Error::InvalidMessage(InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion) => {
            TransportCause::PlainServer
        }
        Error::PeerIncompatible(_) | Error::NoApplicationProtocol => TransportCause::NoCommonTls,
        Error::AlertReceived(alert) => return of_alert(*alert),
        _ => return None,
    })
}

fn of_alert(alert: AlertDescription) -> Option<TransportCause> {
    Some(match alert {
        AlertDescription::HandshakeFailure
        | AlertDescription::ProtocolVersion
        | AlertDescription::InsufficientSecurity
        | AlertDescription::NoApplicationProtocol => TransportCause::NoCommonTls,
        AlertDescription::CertificateRequired
        | AlertDescription::NoCertificate
        | AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied => TransportCause::ClientCertificate,
        AlertDescription::UnrecognisedName => TransportCause::WrongHostName,
        _ => return None,
    })
}

fn of_certificate(error: &CertificateError) -> TransportCause {
    match error {
        // The second, where an authority was made anew under its old name.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => of_roots(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TransportCause::WrongHostName
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TransportCause::ExpiredCertificate,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            TransportCause::CertificateNotYetValid
        }
        // What rustls-webpki says, as rustls has no name for it.
        CertificateError::Other(error) if error.to_string().contains("CaUsedAsEndEntity") => {
            TransportCause::AuthorityAsServer
        }
        _ => TransportCause::UnusableCertificate,
    }
}

/// Why no authority is known. Reads the root certificates once more, so it is asked after such a failure only.
fn of_roots() -> TransportCause {
    match check_root_certificates() {
        Err(problem) => TransportCause::unreadable_root_certificates(problem),
        Ok(()) if lacks_root_certificates() => TransportCause::NoRootCertificates,
        Ok(()) => TransportCause::UntrustedCertificate,
    }
}

/// Of a stream that ends with the connection, h2 says a broken pipe; a GOAWAY it reports for streams above the last one
/// that the server has processed. One for an error may be reported for others too.
fn of_http2(error: &h2::Error) -> Option<TransportCause> {
    let reason = error.reason().filter(|_| error.is_remote());
    let is_unprocessed = match reason {
        Some(h2::Reason::NO_ERROR) => error.is_go_away(),
        Some(h2::Reason::REFUSED_STREAM) => error.is_reset(),
        _ => false,
    };
    is_unprocessed.then_some(TransportCause::NotProcessed)
}

fn of_http1(error: &hyper::Error, is_plain: bool) -> Option<TransportCause> {
    if error.is_parse() {
        Some(TransportCause::MalformedResponse)
    } else if error.is_incomplete_message() && is_plain {
        Some(TransportCause::ClosedUnanswered)
    } else {
        None
    }
}

fn of_io(error: &io::Error, looks_up: bool) -> Option<TransportCause> {
    if looks_up {
        return of_lookup(error);
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(TransportCause::ConnectionRefused),
        io::ErrorKind::UnexpectedEof if error.to_string() == "tls handshake eof" => {
            Some(TransportCause::ClosedInHandshake)
        }
        // How hyper reports the framing of a body.
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
            if error
                .get_ref()
                .is_some_and(|inner| inner.source().is_none() && !inner.is::<rustls::Error>()) =>
        {
            Some(TransportCause::MalformedResponse)
        }
        _ => None,
    }
}

/// The standard library keeps the resolver's text, and not its code, except on Windows.
fn of_lookup(error: &io::Error) -> Option<TransportCause> {
    const TRY_AGAIN: i32 = 11002;
    let text = error.to_string();
    let is_temporary = error.raw_os_error() == Some(TRY_AGAIN)
        || ["Temporary failure", "Try again"]
            .iter()
            .any(|words| text.contains(words));
    let is_unknown = error.raw_os_error() == Some(11001)
        || ["not known", "No address", "does not resolve", "Name does not"]
            .iter()
            .any(|words| text.contains(words));
    match (is_temporary, is_unknown) {
        (false, true) => Some(TransportCause::NameNotFound),
        _ => Some(TransportCause::NameLookupFailed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lookup_that_failed_for_now_is_told_from_a_name_that_does_not_exist() {
        let of = |text: &str| {
            of_lookup(&io::Error::other(format!(
                "failed to lookup address information: {text}"
            )))
        };
        for text in [
            "Name or service not known",
            "nodename nor servname provided, or not known",
            "No address associated with hostname",
            "Name does not resolve",
        ] {
            assert_eq!(of(text), Some(TransportCause::NameNotFound), "{text}");
        }
        for text in [
            "Temporary failure in name resolution",
            "Try again",
            "Non-recoverable failure in name resolution",
            "Device or resource busy",
        ] {
            assert_eq!(of(text), Some(TransportCause::NameLookupFailed), "{text}");
        }
    }
}
