//! Connections to the authorization server and the API: trust and user agent.

#[cfg(feature = "store")]
mod lazy_transport;

use evergrant::error::TransportCause;
use evergrant::transport::check_root_certificates;

#[cfg(feature = "store")]
pub(crate) use self::lazy_transport::LazyTransport;
use crate::failure::{Failure, connection_hint};

/// The default `User-Agent`.
pub(crate) const USER_AGENT: &str = concat!("evergrant/", env!("CARGO_PKG_VERSION"));

/// Checks the root certificates for an `https` URL: a variable that points to no certificates is an error, even if
/// others exist.
pub(crate) fn check_trust(url: &str) -> Result<(), Failure> {
    let is_encrypted = url.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("https:"));
    match is_encrypted {
        true => check_root_certificates()
            .map_err(|problem| Failure::usage(connection_hint(&TransportCause::unreadable_root_certificates(problem)))),
        false => Ok(()),
    }
}
