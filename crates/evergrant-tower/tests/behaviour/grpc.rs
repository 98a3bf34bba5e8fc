//! A tonic client: rejections are gRPC statuses, and the channel has a fixed address.

use std::error::Error as _;

use evergrant::Error as AuthError;
use evergrant_testing::LogCapture;
use evergrant_tower::{AuthorizeLayerBuilder, Error, GrpcChannel, Replayable, ResponseBody, Unauthenticated};
use http::uri::PathAndQuery;
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request};
use tower::ServiceBuilder;

use crate::fixture::Fixture;
use crate::rpc::{Books, BooksServer, Text, WATCH};

struct Rpc {
    fixture: Fixture,
    url: String,
}

impl Rpc {
    async fn start() -> Self {
        let fixture = Fixture::new();
        let url = BooksServer::start(&fixture.api).await.expect("a server");
        Self { fixture, url }
    }

    fn layer(&self) -> AuthorizeLayerBuilder {
        self.fixture.layer().base_url(&self.url)
    }

    fn channel(&self) -> Channel {
        Endpoint::from_shared(self.url.clone()).expect("a URL").connect_lazy()
    }

    fn service(&self, layer: AuthorizeLayerBuilder) -> GrpcChannel {
        layer.grpc_channel(self.channel()).expect("a channel")
    }

    /// A channel whose calls are rejected by HTTP statuses alone.
    fn service_without_grpc(
        &self,
    ) -> impl GrpcService<Body, ResponseBody = ResponseBody<Body>, Error = Error, Future: Send> + Clone + use<> {
        let layer = self.fixture.layer().base_url(&self.url);
        ServiceBuilder::new()
            .layer(layer.build().expect("a layer"))
            .map_request(|request: http::Request<Replayable<Body>>| request.map(Body::new))
            .service(self.channel())
    }
}

fn request(text: &str) -> Request<String> {
    Request::new(text.to_owned())
}

#[tokio::test]
async fn a_unary_call_with_a_revoked_token_is_replayed() {
    let rpc = Rpc::start().await;
    let logs = LogCapture::new();
    let _guard = logs.install();
    let mut books = Books::new(rpc.service(rpc.layer()));
    books.title(request("first")).await.unwrap();
    books.title(request("second")).await.unwrap();
    assert_eq!(rpc.fixture.auth.token_requests(), 1);
    rpc.fixture.auth.revoke_all();
    assert_eq!(books.title(request("third")).await.unwrap(), "The Dispossessed, third");
    assert_eq!(rpc.fixture.auth.token_requests(), 2);
    let event = logs.by_name("evergrant.replayed").pop().unwrap();
    assert_eq!(event.fields["url"], format!("{}/books.Books/Title", rpc.url));
}

#[tokio::test]
async fn a_second_unauthenticated_status_is_returned() {
    let rpc = Rpc::start().await;
    let mut books = Books::new(rpc.service(rpc.layer()));
    rpc.fixture.api.reject_next(2);
    let status = books.title(request("first")).await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::Unauthenticated, "the token is invalid")
    );
    assert_eq!(
        (rpc.fixture.api.requests().len(), rpc.fixture.auth.token_requests()),
        (2, 2)
    );
}

#[tokio::test]
async fn without_grpc_a_status_does_not_renew() {
    let rpc = Rpc::start().await;
    let mut books = Books::new(rpc.service_without_grpc());
    rpc.fixture.api.reject_next(1);
    let status = books.title(request("first")).await.unwrap_err();
    assert_eq!(
        (status.code(), rpc.fixture.auth.token_requests()),
        (Code::Unauthenticated, 1)
    );
}

#[tokio::test]
async fn a_status_after_messages_is_returned() {
    let rpc = Rpc::start().await;
    let mut grpc = tonic::client::Grpc::new(rpc.service(rpc.layer()));
    grpc.ready().await.unwrap();
    let path = PathAndQuery::from_static(WATCH);
    let response = grpc.server_streaming(request("all"), path, Text).await.unwrap();
    let mut titles = response.into_inner();
    assert_eq!(titles.message().await.unwrap().as_deref(), Some("The Dispossessed"));
    assert_eq!(titles.message().await.unwrap_err().code(), Code::Unauthenticated);
    assert_eq!(
        (rpc.fixture.api.requests().len(), rpc.fixture.auth.token_requests()),
        (1, 1)
    );
}

#[tokio::test]
async fn an_unauthenticated_call_carries_no_credentials() {
    let rpc = Rpc::start().await;
    let mut books = Books::new(rpc.service(rpc.layer()));
    let mut open = request("none");
    open.extensions_mut().insert(Unauthenticated);
    assert_eq!(books.title(open).await.unwrap_err().code(), Code::Unauthenticated);
    assert!(rpc.fixture.api.requests()[0].header("authorization").is_none());
    assert_eq!(rpc.fixture.auth.token_requests(), 0);
}

#[tokio::test]
async fn an_authorization_error_is_the_source_of_the_status() {
    let rpc = Rpc::start().await;
    rpc.fixture.auth.stop();
    let mut books = Books::new(rpc.service(rpc.layer()));
    let status = books.title(request("first")).await.unwrap_err();
    let error = status
        .source()
        .and_then(|source| source.downcast_ref::<Error>())
        .unwrap();
    assert!(
        matches!(error, Error::Authorization(AuthError::Unreachable(_))),
        "{error}"
    );
    assert!(
        error.is_retryable() && status.message().contains("no token for"),
        "{status}"
    );
    assert!(rpc.fixture.api.requests().is_empty());
}

#[tokio::test]
async fn a_call_without_a_base_url_fails_without_sending() {
    let rpc = Rpc::start().await;
    let layer = evergrant_tower::AuthorizeLayer::builder(rpc.fixture.tokens.clone()).allow_origin(&rpc.url);
    let mut books = Books::new(rpc.service(layer));
    let status = books.title(request("first")).await.unwrap_err();
    assert!(status.message().contains("base_url"), "{status}");
    assert!(rpc.fixture.api.requests().is_empty() && rpc.fixture.auth.requests().is_empty());
}
