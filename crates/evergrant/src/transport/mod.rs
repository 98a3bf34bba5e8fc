//! The interface to HTTP clients, which send one request and return one complete response.

pub(crate) mod transport_trait;

use http::HeaderValue;

pub(crate) use self::transport_trait::SharedTransport;
pub use self::transport_trait::TransportIdentity;
pub use crate::root_certificates::check_root_certificates;

/// Maximum size of a response body that a [`Transport`](crate::Transport) must be able to return, in bytes: 1 MiB.
/// Token responses are far smaller.
pub const MAX_RESPONSE_BYTES: usize = 1024 * 1024;

/// The `User-Agent` of token requests if no other one is set: `evergrant/VERSION`.
pub const DEFAULT_USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("evergrant/", env!("CARGO_PKG_VERSION")));
