//! `evergrant_reqwest::blocking::Client`, on threads that may block.

use conformance::{Body, Call, CallResponse, Failure, Setup, TestClient, conformance, contains};
use evergrant::Authorizer;
use evergrant_reqwest::blocking::Client;
use futures_util::stream;

#[derive(Clone)]
struct Blocking(Client);

impl TestClient for Blocking {
    fn build(authorizer: Authorizer, setup: &Setup) -> Self {
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
        Self(builder.build().expect("a client"))
    }

    async fn call(&self, call: Call) -> Result<CallResponse, Failure> {
        let client = self.0.clone();
        let called = tokio::task::spawn_blocking(move || send(&client, call));
        called.await.expect("no panic").map_err(|error| Failure::of(&error))
    }
}

fn send(client: &Client, call: Call) -> Result<CallResponse, evergrant_reqwest::Error> {
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
    let response = request.send()?;
    Ok(CallResponse {
        generation: response.extensions().get().copied(),
        status: response.status().as_u16(),
        body: response.bytes()?,
    })
}

conformance!(Blocking);
