//! A gRPC service of books, its client, and a plain-text codec, in place of code generated from a `.proto` file.

use std::convert::Infallible;
use std::future::Future;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf as _, BufMut as _, Bytes};
use evergrant::error::BoxError;
use evergrant_testing::ApiServer;
use http::{Request, Response};
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tonic::Status;
use tonic::body::Body;
use tonic::client::{Grpc, GrpcService};
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tower::{Service, service_fn};

pub(crate) const TITLE: &str = "/books.Books/Title";
/// Streams one title, and then fails with `UNAUTHENTICATED`, as for an expired token.
pub(crate) const WATCH: &str = "/books.Books/Watch";

/// The gRPC client.
pub(crate) struct Books<S>(Grpc<S>);

impl<S> Books<S>
where
    S: GrpcService<Body>,
    S::Error: Into<BoxError>,
    S::ResponseBody: http_body::Body<Data = Bytes> + Send + 'static,
    <S::ResponseBody as http_body::Body>::Error: Into<BoxError>,
{
    pub(crate) fn new(service: S) -> Self {
        Self(Grpc::new(service))
    }

    pub(crate) async fn title(&mut self, request: tonic::Request<String>) -> Result<String, Status> {
        self.0.ready().await.map_err(|error| Status::from_error(error.into()))?;
        let path = http::uri::PathAndQuery::from_static(TITLE);
        Ok(self.0.unary(request, path, Text).await?.into_inner())
    }
}

/// The gRPC server, which checks each token against the API, and returns `UNAUTHENTICATED` for an invalid one.
#[derive(Clone)]
pub(crate) struct BooksServer {
    api: ApiServer,
    http: Client<HttpConnector, Empty<Bytes>>,
}

impl BooksServer {
    pub(crate) fn new(api: &ApiServer) -> Self {
        Self {
            api: api.clone(),
            http: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Serves on a free port until the runtime shuts down, and returns the URL.
    pub(crate) async fn start(api: &ApiServer) -> Result<String, BoxError> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let server = Self::new(api);
        tokio::spawn(Server::builder().serve_with_incoming(server, TcpIncoming::from(listener)));
        Ok(url)
    }

    async fn check_token(&self, request: &tonic::Request<String>) -> Result<(), Status> {
        let mut check = Request::get(self.api.url("/books"));
        if let Some(token) = request.metadata().get("authorization") {
            check = check.header("authorization", token.as_bytes());
        }
        let check = check
            .body(Empty::new())
            .map_err(|error| Status::internal(error.to_string()))?;
        match self.http.request(check).await {
            Ok(response) if response.status() == 200 => Ok(()),
            Ok(_) => Err(Status::unauthenticated("the token is invalid")),
            Err(error) => Err(Status::unavailable(error.to_string())),
        }
    }

    async fn serve(self, request: Request<Body>) -> Response<Body> {
        let server = &self;
        let title = |request: tonic::Request<String>| async move {
            server.check_token(&request).await?;
            Ok(tonic::Response::new(format!("The Dispossessed, {}", request.get_ref())))
        };
        let watch = |request: tonic::Request<String>| async move {
            server.check_token(&request).await?;
            let expired = Status::unauthenticated("the token has expired");
            let stream = futures_util::stream::iter([Ok("The Dispossessed".to_owned()), Err(expired)]);
            Ok(tonic::Response::new(stream))
        };
        let mut grpc = tonic::server::Grpc::new(Text);
        match request.uri().path() {
            TITLE => grpc.unary(service_fn(title), request).await,
            WATCH => grpc.server_streaming(service_fn(watch), request).await,
            _ => Status::unimplemented("no such method").into_http(),
        }
    }
}

impl Service<Request<Body>> for BooksServer {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let server = self.clone();
        Box::pin(async move { Ok(server.serve(request).await) })
    }
}

/// A codec for text messages.
#[derive(Clone, Copy)]
pub(crate) struct Text;

impl Codec for Text {
    type Encode = String;
    type Decode = String;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Text {
    type Item = String;
    type Error = Status;

    fn encode(&mut self, text: String, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(text.as_bytes());
        Ok(())
    }
}

impl Decoder for Text {
    type Item = String;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<String>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        let text = String::from_utf8(bytes.into()).map_err(|error| Status::internal(error.to_string()))?;
        Ok(Some(text))
    }
}
