//! The transport trait, the shared handle to any transport, and client certificates.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};

use crate::Relaxation;
use crate::error::{TransportError, TransportErrorKind};
use crate::runtime::BoxFuture;

/// Sends requests to the token endpoint. `evergrant-reqwest` contains a transport; implement this trait for any other
/// HTTP client.
///
/// # Contract
/// - Redirects are **not** followed, because the request carries the client's credentials.
/// - A body larger than [`MAX_RESPONSE_BYTES`](super::MAX_RESPONSE_BYTES) results in
///   [`TransportErrorKind::TooLarge`](crate::error::TransportErrorKind) without being read completely; a body that ends
///   early results in [`TransportErrorKind::Interrupted`](crate::error::TransportErrorKind).
/// - If the cause of a failure is known, the error contains it
///   ([`TransportError::with_cause`](crate::error::TransportError::with_cause)): the error then shows the cause's hint,
///   and a permanent failure is not retried.
/// - The request has a `User-Agent`. If it is [`DEFAULT_USER_AGENT`](super::DEFAULT_USER_AGENT), a transport whose HTTP
///   client is configured with another `User-Agent` sends that one instead. Any other value was set by the application
///   for this endpoint ([`TokenEndpointOptions::user_agent`](crate::TokenEndpointOptions::user_agent)) and is sent
///   unchanged.
/// - No header or body of the request appears in a log or an error.
/// - No timeout is needed: the caller limits each attempt and drops the future.
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Sends the request and reads the complete response. A response with any status is `Ok`.
    ///
    /// # Errors
    /// [`TransportError`] when no complete response was received.
    fn send(&self, request: Request<Bytes>) -> impl Future<Output = Result<Response<Bytes>, TransportError>> + Send;

    /// Returns a copy of this transport whose connections present this client certificate (RFC 8705). The two
    /// transports share no connections. The default implementation returns an error.
    ///
    /// # Errors
    /// [`TransportError`] when the transport does not support the type of the [material](TransportIdentity::material),
    /// or the material cannot be used.
    fn with_identity(&self, identity: &TransportIdentity) -> Result<SharedTransport, TransportError> {
        let problem = format!(
            "the transport does not support client certificates, such as `{}`",
            identity.id()
        );
        Err(TransportError::new(TransportErrorKind::Other, problem))
    }

    /// Returns the safety rules that this transport relaxes. Each token manager that is built with this transport
    /// applies them. Default: none.
    fn relaxations(&self) -> Vec<Relaxation> {
        Vec::new()
    }
}

/// A handle to any [`Transport`]. Cheap to clone; clones share the transport.
#[derive(Clone)]
pub struct SharedTransport(Arc<dyn DynTransport>);

impl SharedTransport {
    /// Creates a handle to this transport.
    pub fn new(transport: impl Transport) -> Self {
        Self(Arc::new(transport))
    }

    pub(crate) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.0.send(request).await
    }

    pub(crate) fn with_identity(&self, identity: &TransportIdentity) -> Result<Self, TransportError> {
        self.0.with_identity(identity)
    }

    pub(crate) fn relaxations(&self) -> Vec<Relaxation> {
        self.0.relaxations()
    }
}

/// A client certificate with its key, which a [`ClientAuth`](crate::client_auth::ClientAuth) method passes to a
/// [`Transport`]. Cheap to clone. `Debug` shows only the id.
///
/// ```
/// use evergrant::transport::TransportIdentity;
///
/// struct Pem { certificates: String, key: evergrant::Secret }
///
/// let identity = TransportIdentity::new("not-a-real-thumbprint", Pem { certificates: String::new(), key: "".into() });
/// assert!(identity.material::<Pem>().is_some());
/// ```
#[derive(Clone)]
pub struct TransportIdentity {
    id: Arc<str>,
    material: Arc<dyn Any + Send + Sync>,
}

impl TransportIdentity {
    /// Creates an identity. `id` must change with the certificate, like the certificate's thumbprint. `material` is the
    /// certificate and its key, in a type that the transport supports.
    pub fn new(id: impl Into<Arc<str>>, material: impl Any + Send + Sync) -> Self {
        Self {
            id: id.into(),
            material: Arc::new(material),
        }
    }

    /// Returns the id, which is unique to the certificate.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the certificate and the key; `None` if they do not have the type `T`.
    #[must_use]
    pub fn material<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.material.downcast_ref()
    }
}

impl fmt::Debug for TransportIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportIdentity")
            .field("id", &self.id)
            .finish_non_exhaustive()
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

/// The dyn-compatible counterpart of [`Transport`].
trait DynTransport: fmt::Debug + Send + Sync {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>>;
    fn with_identity(&self, identity: &TransportIdentity) -> Result<SharedTransport, TransportError>;
    fn relaxations(&self) -> Vec<Relaxation>;
}

impl<T: Transport> DynTransport for T {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(Transport::send(self, request))
    }

    fn with_identity(&self, identity: &TransportIdentity) -> Result<SharedTransport, TransportError> {
        Transport::with_identity(self, identity)
    }

    fn relaxations(&self) -> Vec<Relaxation> {
        Transport::relaxations(self)
    }
}
