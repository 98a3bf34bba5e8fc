//! The seam to HTTP: one request out, one whole response back.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};

use crate::Relaxation;
use crate::error::TransportError;
pub use crate::root_certificates::check_root_certificates;
use crate::runtime::BoxFuture;

/// The largest response body, in bytes, that a transport needs to read: 1 MiB, far above any token.
pub const MAX_RESPONSE_BYTES: usize = 1024 * 1024;

/// The `User-Agent` of token requests where nobody has set another: `evergrant/VERSION`.
pub const DEFAULT_USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("evergrant/", env!("CARGO_PKG_VERSION")));

/// Carries requests to the token endpoint. `evergrant-reqwest` has one; write another for any HTTP client.
///
/// # Contract
/// - Redirects are **not** followed (the request carries the client's credentials).
/// - A body above [`MAX_RESPONSE_BYTES`] ends in [`TransportErrorKind::TooLarge`](crate::error::TransportErrorKind) without being read to its end; one
///   that stops before its announced end in [`TransportErrorKind::Interrupted`](crate::error::TransportErrorKind).
/// - A failure whose cause can be told has it
///   ([`TransportError::with_cause`](crate::error::TransportError::with_cause)): a permanent one is not tried again,
///   and its hint is shown.
/// - The request has a `User-Agent`. [`DEFAULT_USER_AGENT`] is a default: a transport whose HTTP client was given
///   another by the application sends that one. Any other is the application's own for this endpoint
///   ([`TokenEndpointOptions::user_agent`](crate::TokenEndpointOptions::user_agent)), and is sent as it is.
/// - Nothing of the request's headers or body reaches a log or an error.
/// - No timeout is needed: each attempt is bounded by the caller, which drops the future.
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Sends the request and reads the response to its end. Any status is a success here.
    ///
    /// # Errors
    /// [`TransportError`] when no complete response came back.
    fn send(&self, request: Request<Bytes>) -> impl Future<Output = Result<Response<Bytes>, TransportError>> + Send;

    /// The safety rules that this transport does without. A token manager that is built over it applies them. None by default.
    fn relaxations(&self) -> Vec<Relaxation> {
        Vec::new()
    }
}

/// A handle to any [`Transport`]; cloning shares it.
#[derive(Clone)]
pub struct SharedTransport(Arc<dyn DynTransport>);

impl SharedTransport {
    /// Wraps a transport.
    pub fn new(transport: impl Transport) -> Self {
        Self(Arc::new(transport))
    }

    pub(crate) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.0.send(request).await
    }

    pub(crate) fn relaxations(&self) -> Vec<Relaxation> {
        self.0.relaxations()
    }
}

impl<T: Transport> From<T> for SharedTransport {
    fn from(transport: T) -> Self {
        Self::new(transport)
    }
}

impl fmt::Debug for SharedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The object-safe twin of [`Transport`].
trait DynTransport: fmt::Debug + Send + Sync {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>>;
    fn relaxations(&self) -> Vec<Relaxation>;
}

impl<T: Transport> DynTransport for T {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(Transport::send(self, request))
    }

    fn relaxations(&self) -> Vec<Relaxation> {
        Transport::relaxations(self)
    }
}
