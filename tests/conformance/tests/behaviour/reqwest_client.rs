//! `evergrant_reqwest::Client`.

use conformance::{Body, Call, CallResponse, Failure, Setup, TestClient, conformance, contains};
use evergrant::Authorizer;
use evergrant_reqwest::{Client, ClientBuilder, Error, RequestBuilder};
use futures_util::stream;
use reqwest::Response;

#[derive(Clone)]
struct Reqwest(Client);

impl TestClient for Reqwest {
    fn build(authorizer: Authorizer, setup: &Setup) -> Self {
        Self(builder(authorizer, setup).build().expect("a client"))
    }

    async fn call(&self, call: Call) -> Result<CallResponse, Failure> {
        received(request(&self.0, call).send().await).await
    }
}

pub(crate) fn builder(authorizer: Authorizer, setup: &Setup) -> ClientBuilder {
    let mut builder = Client::builder(authorizer).base_url(&setup.base_url);
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
    builder
}

pub(crate) fn request(client: &Client, call: Call) -> RequestBuilder {
    let mut request = client.request(call.method, &call.url);
    if let Some(value) = call.authorization {
        request = request.header("authorization", value);
    }
    request = match call.body {
        Body::Empty => request,
        Body::Buffered(bytes) => request.body(bytes),
        Body::Stream(bytes) => request.body(reqwest::Body::wrap_stream(stream::once(async move {
            Ok::<_, std::io::Error>(bytes)
        }))),
    };
    if call.unauthenticated {
        request = request.unauthenticated();
    }
    if let Some(limit) = call.limit {
        request = request.timeout(limit);
    }
    if call.no_replay {
        request = request.no_replay();
    }
    request
}

/// Reads the response of a call.
pub(crate) async fn received(sent: Result<Response, Error>) -> Result<CallResponse, Failure> {
    let response = sent.map_err(|error| Failure::of(&error))?;
    Ok(CallResponse {
        generation: response.extensions().get().copied(),
        status: response.status().as_u16(),
        body: response.bytes().await.map_err(|error| Failure::of(&error))?,
    })
}

conformance!(Reqwest);
