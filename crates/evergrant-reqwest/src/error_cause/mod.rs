//! Maps an error of reqwest to its cause, by the types of its sources where they are public, otherwise by their text.

#[cfg(feature = "rustls-no-provider")]
mod tls;

use std::error::Error;
use std::io;
use std::iter::successors;

use evergrant::error::TransportCause;

use crate::environment_proxy;

/// Maximum number of nested errors to inspect.
const MAX_CHAIN_LEN: usize = 32;

/// Returns the cause of a failed reqwest request, or `None` if it is not known. [`hint`](TransportCause::hint) returns
/// the remedy for the cause.
///
/// The cause names a proxy by the environment variable that sets it, such as `HTTPS_PROXY`. A proxy that is set on the
/// reqwest client builder cannot be detected. Causes in TLS are known only for rustls.
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
    let proxy = || environment_proxy::describe(error.url());
    // hyper-util's tunnel error is a private type.
    if let Some(tunnel) = chain(error).find(|link| link.to_string().starts_with("tunnel error")) {
        return Some(match tunnel.to_string() {
            text if text.ends_with("proxy authorization required") => {
                TransportCause::proxy_authentication_required(proxy())
            }
            text if text.ends_with("unsuccessful") => TransportCause::proxy_rejected(proxy()),
            _ => TransportCause::proxy_unreachable(proxy()),
        });
    }
    if error.is_connect() && is_plain && environment_proxy::applies_to(error.url()) {
        return Some(TransportCause::proxy_unreachable(proxy()));
    }
    let mut is_lookup = false;
    chain(error).find_map(|link| {
        // The message of a private type.
        is_lookup |= link.to_string() == "dns error";
        #[cfg(feature = "rustls-no-provider")]
        if let Some(error) = link.downcast_ref::<rustls::Error>() {
            return tls::tls_cause(error);
        }
        if let Some(error) = link.downcast_ref::<h2::Error>() {
            return http2_cause(error);
        }
        if let Some(error) = link.downcast_ref::<hyper::Error>() {
            return http1_cause(error, is_plain);
        }
        link.downcast_ref::<io::Error>()
            .and_then(|error| io_cause(error, is_lookup))
    })
}

/// Returns whether the connection broke while a request was sent, before a response.
pub(crate) fn is_interruption(error: &reqwest::Error) -> bool {
    let is_ours = |link: &(dyn Error + 'static)| link.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_user);
    error.is_request()
        && !error.is_connect()
        && !error.is_timeout()
        // The application's own body failed.
        && !chain(error).any(is_ours)
        && chain(error).any(is_broken)
}

fn is_broken(link: &(dyn Error + 'static)) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};

    if let Some(error) = link.downcast_ref::<hyper::Error>() {
        return error.is_incomplete_message();
    }
    let error = link.downcast_ref::<io::Error>();
    error.is_some_and(|error| matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset))
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |link| inner_error(*link)).take(MAX_CHAIN_LEN)
}

/// Returns the wrapped error. `io::Error::source` skips the error that it wraps, so that one is read with `get_ref`.
fn inner_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

/// A stream that ends with the connection is a broken pipe in h2. h2 reports a GOAWAY with `NO_ERROR` only for streams
/// above the last one that the server processed; a GOAWAY with an error may be reported for other streams too.
fn http2_cause(error: &h2::Error) -> Option<TransportCause> {
    let reason = error.reason().filter(|_| error.is_remote());
    let is_unprocessed = match reason {
        Some(h2::Reason::NO_ERROR) => error.is_go_away(),
        Some(h2::Reason::REFUSED_STREAM) => error.is_reset(),
        _ => false,
    };
    is_unprocessed.then_some(TransportCause::NotProcessed)
}

fn http1_cause(error: &hyper::Error, is_plain: bool) -> Option<TransportCause> {
    if error.is_parse() {
        Some(TransportCause::MalformedResponse)
    } else if error.is_incomplete_message() && is_plain {
        Some(TransportCause::ClosedWithoutResponse)
    } else {
        None
    }
}

fn io_cause(error: &io::Error, is_lookup: bool) -> Option<TransportCause> {
    if is_lookup {
        return lookup_cause(error);
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(TransportCause::ConnectionRefused),
        io::ErrorKind::UnexpectedEof if error.to_string() == "tls handshake eof" => {
            Some(TransportCause::ClosedDuringHandshake)
        }
        // How hyper reports invalid framing of a body.
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
            if error
                .get_ref()
                .is_some_and(|inner| inner.source().is_none() && !is_tls(inner)) =>
        {
            Some(TransportCause::MalformedResponse)
        }
        _ => None,
    }
}

#[cfg(feature = "rustls-no-provider")]
fn is_tls(error: &(dyn Error + Send + Sync + 'static)) -> bool {
    error.is::<rustls::Error>()
}

/// Errors of other TLS libraries have no public type.
#[cfg(not(feature = "rustls-no-provider"))]
fn is_tls(_: &(dyn Error + Send + Sync + 'static)) -> bool {
    false
}

/// The standard library keeps the resolver's message, and its code only on Windows.
fn lookup_cause(error: &io::Error) -> Option<TransportCause> {
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
        (false, true) => Some(TransportCause::HostNotFound),
        _ => Some(TransportCause::HostLookupFailed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_lookup_failure_differs_from_an_unknown_name() {
        let cause = |text: &str| {
            lookup_cause(&io::Error::other(format!(
                "failed to lookup address information: {text}"
            )))
        };
        for text in [
            "Name or service not known",
            "nodename nor servname provided, or not known",
            "No address associated with hostname",
            "Name does not resolve",
        ] {
            assert_eq!(cause(text), Some(TransportCause::HostNotFound), "{text}");
        }
        for text in [
            "Temporary failure in name resolution",
            "Try again",
            "Non-recoverable failure in name resolution",
            "Device or resource busy",
        ] {
            assert_eq!(cause(text), Some(TransportCause::HostLookupFailed), "{text}");
        }
    }
}
