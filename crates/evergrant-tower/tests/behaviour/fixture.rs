//! An authorization server, its API, and an authorized hyper client.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use evergrant::{Authorizer, ClientCredentials, TokenManager};
use evergrant_reqwest::Transport;
use evergrant_testing::{ApiServer, AuthServer};
use evergrant_tower::{Authorize, AuthorizeLayer, AuthorizeLayerBuilder, Error, Replayable};
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tower::{Layer as _, ServiceExt as _};

pub(crate) const SECRET: &str = "not-a-real-secret";

pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;
pub(crate) type Http = Client<HttpConnector, Replayable<Body>>;

pub(crate) struct Fixture {
    pub(crate) auth: AuthServer,
    pub(crate) api: ApiServer,
    pub(crate) tokens: TokenManager,
    pub(crate) client: Authorize<Http>,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let auth = AuthServer::builder().client("shop", SECRET).start();
        let api = auth.api();
        let tokens = ClientCredentials::builder("shop", SECRET)
            .token_url(auth.token_url())
            .retries(0)
            .build(Transport::default())
            .expect("a manager");
        let client = client(AuthorizeLayer::builder(tokens.clone()).base_url(api.url("")));
        Self {
            auth,
            api,
            tokens,
            client,
        }
    }

    pub(crate) fn layer(&self) -> AuthorizeLayerBuilder {
        AuthorizeLayer::builder(self.tokens.clone()).base_url(self.api.url(""))
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Response<Bytes>, Error> {
        get(&self.client, &self.api.url(path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Body) -> Result<Response<Bytes>, Error> {
        let request = Request::post(self.api.url(path)).body(body).expect("a request");
        send(&self.client, request).await
    }
}

pub(crate) fn client(layer: AuthorizeLayerBuilder) -> Authorize<Http> {
    let http = Client::builder(TokioExecutor::new()).build_http();
    layer.build().expect("a layer").layer(http)
}

/// A client with other credentials than the fixture's.
pub(crate) fn client_with(authorizer: impl Into<Authorizer>, api: &ApiServer) -> Authorize<Http> {
    client(AuthorizeLayer::builder(authorizer).base_url(api.url("")))
}

pub(crate) async fn get(client: &Authorize<Http>, url: &str) -> Result<Response<Bytes>, Error> {
    send(client, Request::get(url).body(text("")).expect("a request")).await
}

pub(crate) async fn send(client: &Authorize<Http>, request: Request<Body>) -> Result<Response<Bytes>, Error> {
    let (head, body) = client.clone().oneshot(request).await?.into_parts();
    let body = body.collect().await.expect("a whole response");
    Ok(Response::from_parts(head, body.to_bytes()))
}

/// A body with a single frame.
pub(crate) fn text(text: &'static str) -> Body {
    Full::from(text).map_err(|never| match never {}).boxed_unsync()
}

/// A value that closures and tests share.
#[derive(Default)]
pub(crate) struct Shared<T>(Arc<Mutex<T>>);

impl<T> Shared<T> {
    pub(crate) fn with<R>(&self, access: impl FnOnce(&mut T) -> R) -> R {
        access(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
