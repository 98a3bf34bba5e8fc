//! The settings of the layer, and the request extension `Unauthenticated`.

use std::fmt;

use evergrant::{CallPolicy, ResponseHead};

use crate::grpc_trailer_rejection::{STATUS, UNAUTHENTICATED};
use crate::request_destination::BaseUrl;

/// An extension of a request that makes the service send the request without credentials, to any origin.
///
/// ```
/// # fn main() -> Result<(), http::Error> {
/// let request = http::Request::get("https://status.example.org/health")
///     .extension(evergrant_tower::Unauthenticated)
///     .body(())?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unauthenticated;

/// An extension of a request that makes the service send the request only once. After a 401, the caller receives the
/// 401, and the next call fetches a new token.
///
/// ```
/// # fn main() -> Result<(), http::Error> {
/// let request = http::Request::post("https://api.example.com/logins")
///     .extension(evergrant_tower::NoReplay)
///     .body(())?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoReplay;

pub(crate) struct Settings {
    pub(crate) calls: CallPolicy,
    pub(crate) base: Option<BaseUrl>,
    pub(crate) grpc: bool,
    pub(crate) replay_limit: usize,
}

impl Settings {
    /// Returns whether the response rejects the token, in addition to [`rejects_token`](evergrant::rejects_token).
    pub(crate) fn matches_renew_when(&self, response: &ResponseHead<'_>) -> bool {
        self.grpc
            && response
                .header(STATUS.as_str())
                .is_some_and(|status| status == UNAUTHENTICATED)
            || self.calls.matches_renew_when(response)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("calls", &self.calls)
            .field("grpc", &self.grpc)
            .field("replay_limit", &self.replay_limit)
            .finish_non_exhaustive()
    }
}
