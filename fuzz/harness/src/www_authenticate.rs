//! Rejections by an API, in particular `WWW-Authenticate`.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use evergrant::ApiError;
use evergrant_testing::ManualClock;
use evergrant_tower::{AuthorizeLayer, Replayable};
use http::{HeaderMap, Request, Response, StatusCode};
use tower_layer::Layer as _;
use tower_service::Service;

use crate::error_display::{assert_presentable, texts};
use crate::fuzz_input::Input;
use crate::scripted_manager::{ScriptedTransport, block_on, client};

/// A rejection results in at most one new token and one repetition, and the last response is returned unchanged.
pub fn www_authenticate(data: &[u8]) {
    let mut input = Input::new(data);
    let status = StatusCode::from_u16(input.choice(&[401, 403, 200, 407])).expect("a status");
    let grpc = input.choice(&[false, true]);
    let headers = input.headers();
    let body = input.rest().to_vec();
    let clock = ManualClock::new();
    let transport = ScriptedTransport::healthy();
    let tokens = client("not-a-real-secret", &clock).build(transport.clone());
    let tokens = tokens.expect("valid settings");
    let mut layer = AuthorizeLayer::builder(tokens).base_url("https://api.example.com");
    if grpc {
        layer = layer.grpc();
    }
    let api = Api {
        status,
        headers: headers.clone(),
        calls: Arc::default(),
    };
    let calls = Arc::clone(&api.calls);
    let mut service = layer.build().expect("valid settings").layer(api);
    block_on(async {
        for call in 1..=3 {
            let mut request = Request::new(String::new());
            *request.uri_mut() = http::Uri::from_static("https://api.example.com/books");
            let response = service.call(request).await.expect("a response of the API");
            assert_eq!((response.status(), response.headers()), (status, &headers));
            assert!(
                calls.load(Ordering::Relaxed) <= 2 * call,
                "a call is repeated at most once"
            );
            assert!(transport.requests() <= 1 + call, "a rejection costs at most one token");
        }
    });
    let error = ApiError::new(status, headers, body.clone().into());
    assert_presentable(&error);
    let bare = ApiError::new(status, HeaderMap::new(), body.into());
    assert_eq!(texts(&error), texts(&bare), "no header is shown");
}

/// An API that returns the same response to every call.
#[derive(Clone)]
struct Api {
    status: StatusCode,
    headers: HeaderMap,
    calls: Arc<AtomicUsize>,
}

impl Service<Request<Replayable<String>>> for Api {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Replayable<String>>) -> Self::Future {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let mut response = Response::new(String::new());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        ready(Ok(response))
    }
}
