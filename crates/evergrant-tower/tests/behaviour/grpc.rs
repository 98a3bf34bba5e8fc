//! A tonic client: refusals are statuses, and the channel below has an address of its own.

use std::error::Error as _;

use evergrant::Error as AuthError;
use evergrant_testing::LogCapture;
use evergrant_tower::{AuthorizeLayerBuilder, Error, Replayable, Unauthenticated};
use http::uri::PathAndQuery;
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request};
use tower::ServiceBuilder;

use crate::rpc::{Books, BooksServer, Text, WATCH};
use crate::shop::Shop;

struct Rpc {
    shop: Shop,
    url: String,
}

impl Rpc {
    async fn start() -> Self {
        let shop = Shop::open();
        let url = BooksServer::start(&shop.api).await.expect("a server");
        Self { shop, url }
    }

    fn layer(&self) -> AuthorizeLayerBuilder {
        self.shop.layer().base_url(&self.url).grpc()
    }

    fn channel(&self) -> Channel {
        Endpoint::from_shared(self.url.clone()).expect("a URL").connect_lazy()
    }

    fn service(
        &self,
        layer: AuthorizeLayerBuilder,
    ) -> impl GrpcService<Body, ResponseBody = Body, Error = Error, Future: Send> + Clone + use<> {
        ServiceBuilder::new()
            .layer(layer.build().expect("a layer"))
            .map_request(|request: http::Request<Replayable<Body>>| request.map(Body::new))
            .service(self.channel())
    }
}

fn asking(text: &str) -> Request<String> {
    Request::new(text.to_owned())
}

#[tokio::test]
async fn a_unary_call_is_recovered_after_its_token_was_revoked() {
    let rpc = Rpc::start().await;
    let logs = LogCapture::new();
    let _guard = logs.install();
    let mut books = Books::new(rpc.service(rpc.layer()));
    books.title(asking("first")).await.unwrap();
    books.title(asking("second")).await.unwrap();
    assert_eq!(rpc.shop.auth.token_requests(), 1);
    rpc.shop.auth.revoke_all();
    assert_eq!(books.title(asking("third")).await.unwrap(), "The Dispossessed, third");
    assert_eq!(rpc.shop.auth.token_requests(), 2);
    let note = logs.named("evergrant.replayed").pop().unwrap();
    assert_eq!(note.fields["url"], format!("{}/books.Books/Title", rpc.url));
}

#[tokio::test]
async fn a_second_unauthenticated_is_returned_as_it_is() {
    let rpc = Rpc::start().await;
    let mut books = Books::new(rpc.service(rpc.layer()));
    rpc.shop.api.refuse_next(2);
    let status = books.title(asking("first")).await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::Unauthenticated, "the token is not good")
    );
    assert_eq!((rpc.shop.api.requests().len(), rpc.shop.auth.token_requests()), (2, 2));
}

#[tokio::test]
async fn without_grpc_a_status_is_not_looked_at() {
    let rpc = Rpc::start().await;
    let mut books = Books::new(rpc.service(rpc.shop.layer().base_url(&rpc.url)));
    rpc.shop.api.refuse_next(1);
    let status = books.title(asking("first")).await.unwrap_err();
    assert_eq!(
        (status.code(), rpc.shop.auth.token_requests()),
        (Code::Unauthenticated, 1)
    );
}

#[tokio::test]
async fn a_status_after_messages_is_the_callers() {
    let rpc = Rpc::start().await;
    let mut grpc = tonic::client::Grpc::new(rpc.service(rpc.layer()));
    grpc.ready().await.unwrap();
    let path = PathAndQuery::from_static(WATCH);
    let answer = grpc.server_streaming(asking("all"), path, Text).await.unwrap();
    let mut titles = answer.into_inner();
    assert_eq!(titles.message().await.unwrap().as_deref(), Some("The Dispossessed"));
    assert_eq!(titles.message().await.unwrap_err().code(), Code::Unauthenticated);
    assert_eq!((rpc.shop.api.requests().len(), rpc.shop.auth.token_requests()), (1, 1));
}

#[tokio::test]
async fn a_call_with_the_extension_unauthenticated_carries_no_credentials() {
    let rpc = Rpc::start().await;
    let mut books = Books::new(rpc.service(rpc.layer()));
    let mut open = asking("none");
    open.extensions_mut().insert(Unauthenticated);
    assert_eq!(books.title(open).await.unwrap_err().code(), Code::Unauthenticated);
    assert!(rpc.shop.api.requests()[0].header("authorization").is_none());
    assert_eq!(rpc.shop.auth.token_requests(), 0);
}

#[tokio::test]
async fn an_unreachable_authorization_server_is_a_typed_source_of_the_status() {
    let rpc = Rpc::start().await;
    rpc.shop.auth.stop();
    let mut books = Books::new(rpc.service(rpc.layer()));
    let status = books.title(asking("first")).await.unwrap_err();
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
    assert!(rpc.shop.api.requests().is_empty());
}

#[tokio::test]
async fn without_a_base_url_a_call_is_an_error_and_sends_nothing() {
    let rpc = Rpc::start().await;
    let layer = evergrant_tower::AuthorizeLayer::builder(rpc.shop.tokens.clone()).allow_origin(&rpc.url);
    let mut books = Books::new(rpc.service(layer));
    let status = books.title(asking("first")).await.unwrap_err();
    assert!(status.message().contains("base_url"), "{status}");
    assert!(rpc.shop.api.requests().is_empty() && rpc.shop.auth.requests().is_empty());
}
