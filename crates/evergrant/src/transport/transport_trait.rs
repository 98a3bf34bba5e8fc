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

/// The interface to an HTTP client, which sends requests to the token endpoint. `evergrant-reqwest` contains an
/// implementation. Implement this trait for any other HTTP client.
///
/// # Contract
/// - Redirects are **not** followed, because the request carries the client's credentials.
/// - A response body larger than [`MAX_RESPONSE_BYTES`](super::MAX_RESPONSE_BYTES) is not read completely. The error is
///   [`TransportErrorKind::TooLarge`](crate::error::TransportErrorKind). If a body ends early, the error is
///   [`TransportErrorKind::Interrupted`](crate::error::TransportErrorKind).
/// - If the cause of a failure is known, such as an expired certificate, the error contains it
///   ([`TransportError::with_cause`](crate::error::TransportError::with_cause)). The message of the error then ends
///   with the remedy for this cause, and a failure with a permanent cause is not retried.
/// - Each request has a `User-Agent` header. If its value is [`DEFAULT_USER_AGENT`](super::DEFAULT_USER_AGENT) and the
///   HTTP client is configured with another `User-Agent`, the client's one is sent instead. Any other value is sent
///   unchanged, because the application has set it for this token endpoint
///   ([`TokenEndpointOptions::user_agent`](crate::TokenEndpointOptions::user_agent)).
/// - No header or body of the request appears in a log or an error.
/// - No timeout is needed: the caller limits the time of each request, and drops the future.
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Sends the request and returns the complete response. A response with any status is `Ok`.
    ///
    /// # Errors
    /// [`TransportError`] if no complete response was received.
    fn send(&self, request: Request<Bytes>) -> impl Future<Output = Result<Response<Bytes>, TransportError>> + Send;

    /// Returns a copy of this transport whose connections present this client certificate (RFC 8705). The two
    /// transports share no connections. The default implementation returns an error.
    ///
    /// # Errors
    /// [`TransportError`] if the transport does not support the type that contains the certificate and its key (see
    /// [`TransportIdentity::material`]), or if they cannot be used.
    fn with_identity(&self, identity: &TransportIdentity) -> Result<SharedTransport, TransportError> {
        let problem = format!(
            "the transport does not support client certificates, such as `{}`",
            identity.id()
        );
        Err(TransportError::new(TransportErrorKind::Other, problem))
    }

    /// Returns the safety rules that this transport's `danger_*` settings disable. When a token manager is built with
    /// this transport, it [applies](Relaxation::apply) each of them. Default: none.
    fn relaxations(&self) -> Vec<Relaxation> {
        Vec::new()
    }
}

/// A shared handle to any [`Transport`]. Cheap to clone; clones share the transport.
#[derive(Clone)]
pub struct SharedTransport(Arc<dyn DynTransport>);

impl SharedTransport {
    /// Creates a shared handle to this transport.
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
/// [`Transport`]. Cheap to clone. The `Debug` output shows only the id.
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
    thumbprint: Option<Arc<str>>,
    material: Arc<dyn Any + Send + Sync>,
}

impl TransportIdentity {
    /// Creates a client certificate for a transport. `id` must differ for different certificates: use the certificate's
    /// thumbprint, for example. `material` is the certificate and its key, in a type that the transport supports.
    pub fn new(id: impl Into<Arc<str>>, material: impl Any + Send + Sync) -> Self {
        Self {
            id: id.into(),
            thumbprint: None,
            material: Arc::new(material),
        }
    }

    /// Sets the SHA-256 thumbprint of the certificate in DER, base64url-encoded (`x5t#S256`, RFC 8705 section 3.1).
    /// Then a token that is bound to another certificate according to its `cnf` is an error, and when the certificate
    /// changes, a token that is bound to the old one is replaced before it is used.
    #[must_use]
    pub fn with_thumbprint(mut self, thumbprint: impl Into<Arc<str>>) -> Self {
        self.thumbprint = Some(thumbprint.into());
        self
    }

    /// Returns the thumbprint of the certificate, if it is set.
    #[must_use]
    pub fn thumbprint(&self) -> Option<&str> {
        self.thumbprint.as_deref()
    }

    /// Returns the id of the client certificate, which is different for different certificates.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the client certificate with its key, if they were provided as a value of the type `T`, and `None`
    /// otherwise.
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
