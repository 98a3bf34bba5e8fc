//! Rejections: the token is renewed and the request replayed once, or the response is returned with an event.

use std::future::ready;
use std::task::{Context, Poll};

use bytes::Bytes;
use evergrant::scheme::ApiKey;
use evergrant::store::{MemoryStore, TokenStore as _};
use evergrant::{Authorizer, ClientCredentials, Error as AuthError, ReplayOutcome};
use evergrant_reqwest::Transport;
use evergrant_testing::{ApiServer, AuthServer, LogCapture, MockResponse};
use evergrant_tower::{Error, Replayable};
use http::{Request, Response};
use http_body_util::Empty;
use tower::{Layer as _, Service, ServiceExt as _, service_fn};

use crate::fixture::{Fixture, SECRET, Shared, client, client_with, get, text};

#[tokio::test]
async fn a_revoked_token_is_renewed_and_the_request_replayed() {
    let fixture = Fixture::new();
    let logs = LogCapture::new();
    let _guard = logs.install();
    fixture.get("/books").await.unwrap();
    fixture.auth.revoke_all();
    let response = fixture.post("/echo?key=not-a-real-key", text("a body")).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.body()[..]),
        (200, &b"a body"[..])
    );
    let requests = fixture.api.requests();
    assert_eq!(requests.len(), 3);
    for request in &requests[1..] {
        assert_eq!(
            (&request.body[..], request.header("content-length")),
            (&b"a body"[..], Some("6"))
        );
    }
    assert_ne!(requests[1].header("authorization"), requests[2].header("authorization"));
    assert_eq!(fixture.auth.token_requests(), 2);

    let events = logs.by_name("evergrant.replayed");
    assert_eq!((events.len(), events[0].target.as_str()), (1, "evergrant"));
    assert_eq!(
        (events[0].fields["status"].as_str(), events[0].fields["method"].as_str()),
        ("200", "POST")
    );
    assert_eq!(events[0].fields["url"], fixture.api.url("/echo"));
    assert!(!logs.contains("not-a-real") && !logs.contains("test-token-"));
}

#[tokio::test]
async fn a_second_401_is_returned() {
    let fixture = Fixture::new();
    fixture.api.reject_next(2);
    let response = fixture.get("/books").await.unwrap();
    assert_eq!(response.status(), 401);
    assert!(response.headers().contains_key("www-authenticate") && !response.body().is_empty());
    assert_eq!((fixture.api.requests().len(), fixture.auth.token_requests()), (2, 2));
}

#[tokio::test]
async fn during_the_pause_of_another_process_a_rejected_token_is_not_replayed() {
    let auth = AuthServer::builder().client("shop", SECRET).start();
    let api = auth.api();
    let store = MemoryStore::new();
    let manager = || {
        let builder = ClientCredentials::builder("shop", SECRET).token_url(auth.token_url());
        builder.store(store.clone()).build(Transport::default()).unwrap()
    };
    let (ours, theirs) = (manager(), manager());
    let client = client_with(ours, &api);
    assert_eq!(get(&client, &api.url("/books")).await.unwrap().status(), 200);
    let token = theirs.token().await.unwrap();
    theirs.report_replay(token.generation(), ReplayOutcome::Rejected);
    let key = theirs.store_key().unwrap();
    let has_pause = async || {
        let record = store.load(key).await.unwrap().record.unwrap();
        record.expose().contains("\"until\"")
    };
    while !has_pause().await {
        tokio::task::yield_now().await;
    }
    for count in 2..4 {
        api.reject_next(1);
        let response = get(&client, &api.url("/books")).await.unwrap();
        assert_eq!((response.status().as_u16(), response.body().is_empty()), (401, false));
        assert_eq!((api.requests().len(), auth.token_requests()), (count, 1));
    }
    assert_eq!(get(&client, &api.url("/books")).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_403_renews_only_with_renew_when() {
    let fixture = Fixture::new();
    assert_eq!(fixture.get("/needs/admin").await.unwrap().status(), 403);
    assert_eq!((fixture.api.requests().len(), fixture.auth.token_requests()), (1, 1));

    let client = client(fixture.layer().renew_when(|head| head.status() == 403));
    fixture.api.next(MockResponse::new(403));
    assert_eq!(get(&client, &fixture.api.url("/books")).await.unwrap().status(), 200);
    assert_eq!(fixture.auth.token_requests(), 2);
}

#[tokio::test]
async fn fifty_late_401s_lead_to_one_renewal() {
    let fixture = Fixture::new();
    fixture.get("/books").await.unwrap();
    let hold = fixture.api.hold();
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let (client, url) = (fixture.client.clone(), fixture.api.url("/books"));
            tokio::spawn(async move { get(&client, &url).await.unwrap().status() })
        })
        .collect();
    fixture.api.wait_for_requests(51).await;
    fixture.auth.revoke_all();
    hold.release();
    for call in calls {
        assert_eq!(call.await.unwrap(), 200);
    }
    assert_eq!((fixture.api.requests().len(), fixture.auth.token_requests()), (101, 2));
}

#[tokio::test]
async fn permanent_401s_cause_few_renewals() {
    let fixture = Fixture::new();
    for _ in 0..200 {
        assert_eq!(fixture.get("/always-401").await.unwrap().status(), 401);
    }
    assert!(fixture.auth.token_requests() <= 3, "{}", fixture.auth.token_requests());
    assert_eq!(fixture.get("/books").await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_failed_renewal_after_a_401_returns_the_renewal_error() {
    let fixture = Fixture::new();
    fixture.get("/books").await.unwrap();
    fixture.auth.revoke_all();
    fixture
        .auth
        .always(MockResponse::new(400).json(r#"{"error":"invalid_client"}"#));
    let error = fixture.get("/books").await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(AuthError::OAuthProvider(_))),
        "{error}"
    );
}

#[tokio::test]
async fn not_replayed_events_name_the_reason() {
    let fixture = Fixture::new();
    let api = ApiServer::unprotected();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let key = ApiKey::in_query("key", "api_key").unwrap();
    let manual = ClientCredentials::builder("shop", SECRET)
        .token_url(fixture.auth.token_url())
        .manual()
        .token(evergrant::Token::new("not-a-real-token"))
        .build(Transport::default())
        .unwrap();
    for (authorizer, reason) in [
        (
            Authorizer::from(key.with_key("not-a-real-key").unwrap()),
            "its credentials contain no token",
        ),
        (Authorizer::from(manual), "the application renews tokens itself"),
    ] {
        let client = client_with(authorizer, &api);
        api.next(MockResponse::new(401));
        assert_eq!(get(&client, &api.url("/x")).await.unwrap().status(), 401);
        let event = logs.by_name("evergrant.not_replayed").pop().unwrap();
        assert!(event.fields["reason"].contains(reason), "{event:?}");
        assert_eq!(
            (event.fields["url"].clone(), event.target.as_str()),
            (api.url("/x"), "evergrant")
        );
    }
    assert!(!logs.contains("not-a-real"));
}

/// A service that rejects its first request, and panics if it is called without being ready.
struct ReadinessChecker {
    ready: bool,
    log: Shared<Vec<&'static str>>,
}

impl Clone for ReadinessChecker {
    fn clone(&self) -> Self {
        Self {
            ready: false,
            log: self.log.clone(),
        }
    }
}

/// A response body that logs its drop.
struct LoggedBody(Shared<Vec<&'static str>>);

impl Drop for LoggedBody {
    fn drop(&mut self) {
        self.0.with(|log| log.push("body dropped"));
    }
}

impl http_body::Body for LoggedBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        Poll::Ready(None)
    }
}

impl<B: Send + 'static> Service<Request<Replayable<B>>> for ReadinessChecker {
    type Response = Response<LoggedBody>;
    type Error = http::Error;
    type Future = std::future::Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.ready = true;
        self.log.with(|log| log.push("ready"));
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Replayable<B>>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "called without being ready");
        let first = self.log.with(|log| !log.contains(&"called"));
        self.log.with(|log| log.push("called"));
        let response = Response::builder().status(if first { 401 } else { 200 });
        ready(response.body(LoggedBody(self.log.clone())))
    }
}

#[tokio::test]
async fn a_replay_drops_the_rejected_response_and_polls_readiness() {
    let fixture = Fixture::new();
    let log = Shared::default();
    let service = ReadinessChecker {
        ready: false,
        log: log.clone(),
    };
    let service = fixture.layer().build().unwrap().layer(service);
    let request = Request::get(fixture.api.url("/")).body(Empty::<Bytes>::new()).unwrap();
    let response = service.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let log = log.with(|log| log.clone());
    assert_eq!(log, ["ready", "called", "body dropped", "ready", "called"]);
}

#[tokio::test]
async fn a_service_with_a_boxed_error_can_be_wrapped() {
    let fixture = Fixture::new();
    let inner = service_fn(|_: Request<Replayable<Empty<Bytes>>>| {
        ready(Err::<Response<String>, evergrant::error::BoxError>(
            "out of order".into(),
        ))
    });
    let service = fixture.layer().build().unwrap().layer(inner);
    let request = Request::get(fixture.api.url("/")).body(Empty::new()).unwrap();
    let error = service.oneshot(request).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("GET {} failed: out of order", fixture.api.url("/"))
    );
}
