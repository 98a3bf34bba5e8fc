//! `evergrant_reqwest::middleware::Authorize`, as the only middleware.

use conformance::{Body, Call, CallResponse, Failure, Setup, TestClient, conformance, contains};
use evergrant::Authorizer;
use evergrant_reqwest::Error;
use evergrant_reqwest::middleware::{Authorize, NoReplay, Unauthenticated};
use futures_util::stream;
use reqwest::redirect::Policy;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};

#[derive(Clone)]
struct Middleware(ClientWithMiddleware);

impl TestClient for Middleware {
    fn build(authorizer: Authorizer, setup: &Setup) -> Self {
        let mut builder = Authorize::builder(authorizer)
            .allow_origin(&setup.base_url)
            .follow_redirects();
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
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build();
        let builder = ClientBuilder::new(http.expect("a client")).with(builder.build().expect("origins"));
        Self(builder.build())
    }

    async fn call(&self, call: Call) -> Result<CallResponse, Failure> {
        let mut request = self.0.request(call.method, &call.url);
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
            request = request.with_extension(Unauthenticated);
        }
        if let Some(limit) = call.limit {
            request = request.timeout(limit);
        }
        if call.no_replay {
            request = request.with_extension(NoReplay);
        }
        let response = request.send().await.map_err(|error| failure(&error))?;
        Ok(CallResponse {
            generation: response.extensions().get().copied(),
            status: response.status().as_u16(),
            body: response.bytes().await.map_err(|error| Failure::of(&error))?,
        })
    }
}

/// The sources of a `reqwest_middleware::Error` do not include the error of a middleware.
fn failure(error: &reqwest_middleware::Error) -> Failure {
    let ours = match error {
        reqwest_middleware::Error::Middleware(error) => error.downcast_ref::<Error>(),
        reqwest_middleware::Error::Reqwest(_) => None,
    };
    ours.map_or_else(|| Failure::of(error), |error| Failure::of(error))
}

conformance!(Middleware);
