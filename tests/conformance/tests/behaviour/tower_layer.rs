//! `evergrant_tower::AuthorizeLayer`, over hyper-util's client.

use bytes::Bytes;
use conformance::{Body, Call, CallResponse, Failure, Setup, TestClient, conformance, contains};
use evergrant::Authorizer;
use evergrant_tower::{Authorize, AuthorizeLayer, NoReplay, Replayable, Unauthenticated};
use futures_util::stream;
use http::Request;
use http::header::AUTHORIZATION;
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Empty, Full, StreamBody};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tower::timeout::Timeout;
use tower::{Layer as _, ServiceExt as _};

type Content = UnsyncBoxBody<Bytes, std::convert::Infallible>;

#[derive(Clone)]
struct Tower(Authorize<Client<HttpConnector, Replayable<Content>>>);

impl TestClient for Tower {
    fn build(authorizer: Authorizer, setup: &Setup) -> Self {
        let mut builder = AuthorizeLayer::builder(authorizer).base_url(&setup.base_url);
        if let Some(origin) = &setup.allowed_origin {
            builder = builder.allow_origin(origin);
        }
        if let Some(rejection_status) = setup.rejection_status {
            builder = builder.renew_when(move |response| response.status() == rejection_status);
        }
        if let Some(kept_status) = setup.kept_status {
            builder = builder.keep_token_when(move |response| response.status() == kept_status);
        }
        if let Some(kept_body) = setup.kept_body {
            builder = builder.keep_token_when_body(move |_, start| contains(start, kept_body));
        }
        let http = Client::builder(TokioExecutor::new()).build_http();
        Self(builder.build().expect("a layer").layer(http))
    }

    async fn call(&self, call: Call) -> Result<CallResponse, Failure> {
        let mut request = Request::builder().method(call.method).uri(call.url);
        if let Some(value) = call.authorization {
            request = request.header(AUTHORIZATION, value);
        }
        if call.unauthenticated {
            request = request.extension(Unauthenticated);
        }
        if call.no_replay {
            request = request.extension(NoReplay);
        }
        let body: Content = match call.body {
            Body::Empty => Empty::new().boxed_unsync(),
            Body::Buffered(bytes) => Full::new(bytes).boxed_unsync(),
            Body::Stream(bytes) => {
                let chunks: Vec<_> = bytes.chunks(10_000).map(Bytes::copy_from_slice).collect();
                let frames = chunks.into_iter().map(|chunk| Ok(Frame::data(chunk)));
                StreamBody::new(stream::iter(frames)).boxed_unsync()
            }
        };
        let request = request.body(body).expect("a request");
        let client = self.0.clone();
        let response = match call.limit {
            None => client.oneshot(request).await.map_err(|error| Failure::of(&error))?,
            Some(limit) => {
                let response = Timeout::new(client, limit).oneshot(request).await;
                response.map_err(|error| Failure::of(&*error))?
            }
        };
        let status = response.status().as_u16();
        let generation = response.extensions().get().copied();
        let body = response
            .into_body()
            .collect()
            .await
            .map_err(|error| Failure::of(&error))?;
        Ok(CallResponse {
            status,
            generation,
            body: body.to_bytes(),
        })
    }
}

conformance!(Tower);
