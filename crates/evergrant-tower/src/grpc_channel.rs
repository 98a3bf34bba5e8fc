//! A tonic channel that authorizes its calls.

use std::fmt;
use std::task::{Context, Poll};

use evergrant::BuildError;
use http::{Request, Response};
use tonic::body::Body;
use tonic::transport::Channel;
use tower_layer::Layer as _;
use tower_service::Service;

use crate::builder::AuthorizeLayerBuilder;
use crate::error::Error;
use crate::replayable_body::Replayable;
use crate::response_body::{ResponseBody, ResponseFuture};
use crate::service::Authorize;

/// A tonic [`Channel`] that authorizes its calls. A generated client takes it in place of the channel:
/// `BooksClient::new(channel)`. [`AuthorizeLayerBuilder::grpc_channel`] creates it. Cloning is cheap.
#[derive(Clone)]
pub struct GrpcChannel {
    channel: Authorize<ReplayableChannel>,
}

impl AuthorizeLayerBuilder {
    /// Wraps a tonic channel so that its calls are authorized, with the rules of [`grpc`](Self::grpc). Requires the
    /// feature `tonic`.
    ///
    /// A tonic channel sends every call to its own server and ignores the origin in the URI of the call.
    /// [`base_url`](Self::base_url) must therefore be the origin of that server.
    ///
    /// ```
    /// use evergrant_tower::{AuthorizeLayer, GrpcChannel};
    /// use tonic::transport::Endpoint;
    ///
    /// /// The client of a service, as tonic generates it.
    /// struct Books {
    ///     client: tonic::client::Grpc<GrpcChannel>,
    /// }
    ///
    /// # async fn run(tokens: evergrant::TokenManager) -> Result<Books, evergrant::BuildError> {
    /// let channel = Endpoint::from_static("https://rpc.example.com").connect_lazy();
    /// let channel = AuthorizeLayer::builder(tokens)
    ///     .base_url("https://rpc.example.com")
    ///     .grpc_channel(channel)?;
    /// # Ok(
    /// Books { client: tonic::client::Grpc::new(channel) }
    /// # )
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns the errors of [`build`](Self::build).
    pub fn grpc_channel(self, channel: Channel) -> Result<GrpcChannel, BuildError> {
        let layer = self.grpc().build()?;
        let channel = layer.layer(ReplayableChannel(channel));
        Ok(GrpcChannel { channel })
    }
}

impl Service<Request<Body>> for GrpcChannel {
    type Response = Response<ResponseBody<Body>>;
    type Error = Error;
    type Future = ResponseFuture<Body>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.channel.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.channel.call(request)
    }
}

impl fmt::Debug for GrpcChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.channel.fmt(f)
    }
}

/// Converts request bodies to tonic's type.
#[derive(Clone)]
struct ReplayableChannel(Channel);

impl Service<Request<Replayable<Body>>> for ReplayableChannel {
    type Response = Response<Body>;
    type Error = <Channel as Service<Request<Body>>>::Error;
    type Future = <Channel as Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Replayable<Body>>) -> Self::Future {
        self.0.call(request.map(Body::new))
    }
}
