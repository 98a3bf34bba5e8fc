//! A gRPC server that rejects a call in trailers after the head, as Go's servers behind `net/http` do.

use std::convert::Infallible;
use std::future::Future;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use evergrant_testing::LogCapture;
use evergrant_tower::{Error, Replayable, ResponseBody};
use futures_util::stream;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::StreamBody;
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Endpoint, Server};
use tonic::{Code, Request as Call};
use tower::{Service, ServiceBuilder};

use crate::fixture::{Fixture, Shared};
use crate::rpc::{Books, BooksServer};

/// Changes each response of the server.
#[derive(Clone)]
struct Changed<F> {
    server: BooksServer,
    change: F,
}

impl<F: Fn(Response<Body>) -> Response<Body> + Clone + Send + 'static> Service<Request<Body>> for Changed<F> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (response, change) = (
            Service::<Request<Body>>::call(&mut self.server, request),
            self.change.clone(),
        );
        Box::pin(async move {
            let response = response.await?;
            Ok(change(response))
        })
    }
}

/// Moves the status from the head to trailers.
fn status_in_trailers(response: Response<Body>) -> Response<Body> {
    let (mut head, body) = response.into_parts();
    let mut trailers = HeaderMap::new();
    for name in ["grpc-status", "grpc-message"] {
        if let Some(value) = head.headers.remove(name) {
            trailers.insert(name, value);
        }
    }
    match trailers.is_empty() {
        true => Response::from_parts(head, body),
        false => {
            let frames = stream::iter([Ok::<_, Infallible>(Frame::<Bytes>::trailers(trailers))]);
            Response::from_parts(head, Body::new(StreamBody::new(frames)))
        }
    }
}

struct Rpc {
    fixture: Fixture,
    url: String,
}

impl Rpc {
    async fn start(change: impl Fn(Response<Body>) -> Response<Body> + Clone + Send + Sync + 'static) -> Self {
        let fixture = Fixture::new();
        let server = BooksServer::new(&fixture.api);
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let served = Server::builder().serve_with_incoming(Changed { server, change }, TcpIncoming::from(listener));
        tokio::spawn(served);
        Self { fixture, url }
    }

    fn books(&self) -> Books<impl GrpcService<Body, ResponseBody = ResponseBody<Body>, Error = Error> + use<>> {
        let layer = self
            .fixture
            .layer()
            .base_url(&self.url)
            .grpc()
            .build()
            .expect("a layer");
        let service = ServiceBuilder::new()
            .layer(layer)
            .map_request(|request: Request<Replayable<Body>>| request.map(Body::new))
            .service(Endpoint::from_shared(self.url.clone()).expect("a URL").connect_lazy());
        Books::new(service)
    }

    fn counts(&self) -> (usize, usize) {
        (self.fixture.api.requests().len(), self.fixture.auth.token_requests())
    }
}

fn call(text: &str) -> Call<String> {
    Call::new(text.to_owned())
}

#[tokio::test]
async fn a_rejection_in_trailers_before_any_message_is_replayed() {
    let rpc = Rpc::start(status_in_trailers).await;
    let logs = LogCapture::new();
    let _guard = logs.install();
    let mut books = rpc.books();
    assert_eq!(books.title(call("first")).await.unwrap(), "The Dispossessed, first");
    rpc.fixture.auth.revoke_all();
    assert_eq!(books.title(call("second")).await.unwrap(), "The Dispossessed, second");
    assert_eq!(rpc.counts(), (3, 2));
    assert_eq!(logs.by_name("evergrant.replayed").len(), 1);
    assert_eq!(books.title(call("third")).await.unwrap(), "The Dispossessed, third");
    assert_eq!(rpc.counts(), (4, 2));
}

#[tokio::test]
async fn a_second_rejection_in_trailers_is_returned() {
    let rpc = Rpc::start(status_in_trailers).await;
    let mut books = rpc.books();
    rpc.fixture.api.reject_next(2);
    let status = books.title(call("first")).await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::Unauthenticated, "the token is invalid")
    );
    assert_eq!(rpc.counts(), (2, 2));
}

#[tokio::test]
async fn another_status_of_the_repeated_call_is_returned() {
    let calls = Shared::<usize>::default();
    let rpc = Rpc::start(move |mut response| {
        let call = calls.with(|calls| {
            *calls += 1;
            *calls
        });
        match call {
            1 => status_in_trailers(response),
            _ => {
                *response.body_mut() = Body::empty();
                response
                    .headers_mut()
                    .insert("grpc-status", HeaderValue::from_static("7"));
                response
            }
        }
    })
    .await;
    rpc.fixture.api.reject_next(1);
    let status = rpc.books().title(call("first")).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    assert_eq!(rpc.counts(), (2, 2));
}

#[tokio::test]
async fn a_repeated_call_that_is_encoded_differently_fails() {
    let calls = Shared::<usize>::default();
    let rpc = Rpc::start(move |mut response| {
        let call = calls.with(|calls| {
            *calls += 1;
            *calls
        });
        if call == 2 {
            response
                .headers_mut()
                .insert("grpc-encoding", HeaderValue::from_static("gzip"));
        }
        status_in_trailers(response)
    })
    .await;
    rpc.fixture.api.reject_next(1);
    let status = rpc.books().title(call("first")).await.unwrap_err();
    assert!(status.message().contains("grpc-encoding"), "{status}");
}
