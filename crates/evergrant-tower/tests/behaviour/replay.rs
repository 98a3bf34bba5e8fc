//! A refusal: renewed and replayed once, or returned with a note in the trace that says why.

use std::future::ready;
use std::task::{Context, Poll};

use bytes::Bytes;
use evergrant::scheme::ApiKey;
use evergrant::store::{MemoryStore, TokenStore as _};
use evergrant::{Authorizer, ClientCredentials, Error as AuthError, ReplayOutcome};
use evergrant_reqwest::Transport;
use evergrant_testing::{Answer, ApiServer, AuthServer, LogCapture};
use evergrant_tower::{Error, Replayable};
use http::{Request, Response};
use http_body_util::Empty;
use tower::{Layer as _, Service, ServiceExt as _, service_fn};

use crate::shop::{SECRET, Shared, Shop, client, client_with, get, text};

#[tokio::test]
async fn a_revoked_token_is_renewed_once_and_the_request_replayed_once() {
    let shop = Shop::open();
    let logs = LogCapture::new();
    let _guard = logs.install();
    shop.get("/books").await.unwrap();
    shop.auth.revoke_all();
    let answer = shop.post("/echo?key=not-a-real-key", text("a body")).await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.body()[..]), (200, &b"a body"[..]));
    let requests = shop.api.requests();
    assert_eq!(requests.len(), 3);
    for request in &requests[1..] {
        assert_eq!(
            (&request.body[..], request.header("content-length")),
            (&b"a body"[..], Some("6"))
        );
    }
    assert_ne!(requests[1].header("authorization"), requests[2].header("authorization"));
    assert_eq!(shop.auth.token_requests(), 2);

    let notes = logs.named("evergrant.replayed");
    assert_eq!((notes.len(), notes[0].target.as_str()), (1, "evergrant_tower"));
    assert_eq!(
        (notes[0].fields["status"].as_str(), notes[0].fields["method"].as_str()),
        ("200", "POST")
    );
    assert_eq!(notes[0].fields["url"], shop.api.url("/echo"));
    assert!(!logs.mention("not-a-real") && !logs.mention("test-token-"));
}

#[tokio::test]
async fn a_second_401_is_returned_as_it_is() {
    let shop = Shop::open();
    shop.api.refuse_next(2);
    let answer = shop.get("/books").await.unwrap();
    assert_eq!(answer.status(), 401);
    assert!(answer.headers().contains_key("www-authenticate") && !answer.body().is_empty());
    assert_eq!((shop.api.requests().len(), shop.auth.token_requests()), (2, 2));
}

#[tokio::test]
async fn in_a_pause_that_another_process_began_the_refused_token_is_not_sent_again() {
    let auth = AuthServer::builder().client("shop", SECRET).start();
    let api = auth.api();
    let store = MemoryStore::new();
    let manager = || {
        let builder = ClientCredentials::new("shop", SECRET).token_url(auth.token_url());
        builder.store(store.clone()).build(Transport::default()).unwrap()
    };
    let (ours, theirs) = (manager(), manager());
    let client = client_with(ours, &api);
    assert_eq!(get(&client, &api.url("/books")).await.unwrap().status(), 200);
    let token = theirs.token().await.unwrap();
    theirs.replayed(token.generation(), ReplayOutcome::Refused);
    let key = theirs.store_key().unwrap();
    let has_pause = async || {
        let record = store.load(key).await.unwrap().record.unwrap();
        record.expose().contains("\"until\"")
    };
    while !has_pause().await {
        tokio::task::yield_now().await;
    }
    for count in 2..4 {
        api.refuse_next(1);
        let answer = get(&client, &api.url("/books")).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.body().is_empty()), (401, false));
        assert_eq!((api.requests().len(), auth.token_requests()), (count, 1));
    }
    assert_eq!(get(&client, &api.url("/books")).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_403_never_renews_unless_renew_when_says_so() {
    let shop = Shop::open();
    assert_eq!(shop.get("/needs/admin").await.unwrap().status(), 403);
    assert_eq!((shop.api.requests().len(), shop.auth.token_requests()), (1, 1));

    let client = client(shop.layer().renew_when(|head| head.status == 403));
    shop.api.next(Answer::new(403));
    assert_eq!(get(&client, &shop.api.url("/books")).await.unwrap().status(), 200);
    assert_eq!(shop.auth.token_requests(), 2);
}

#[tokio::test]
async fn fifty_late_401s_cost_one_renewal() {
    let shop = Shop::open();
    shop.get("/books").await.unwrap();
    let hold = shop.api.hold();
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let (client, url) = (shop.client.clone(), shop.api.url("/books"));
            tokio::spawn(async move { get(&client, &url).await.unwrap().status() })
        })
        .collect();
    shop.api.wait_for_requests(51).await;
    shop.auth.revoke_all();
    hold.release();
    for call in calls {
        assert_eq!(call.await.unwrap(), 200);
    }
    assert_eq!((shop.api.requests().len(), shop.auth.token_requests()), (101, 2));
}

#[tokio::test]
async fn an_endpoint_that_always_answers_401_costs_few_token_requests() {
    let shop = Shop::open();
    for _ in 0..200 {
        assert_eq!(shop.get("/always-401").await.unwrap().status(), 401);
    }
    assert!(shop.auth.token_requests() <= 3, "{}", shop.auth.token_requests());
    assert_eq!(shop.get("/books").await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_renewal_that_fails_after_a_401_gives_its_own_error() {
    let shop = Shop::open();
    shop.get("/books").await.unwrap();
    shop.auth.revoke_all();
    shop.auth.always(Answer::new(400).json(r#"{"error":"invalid_client"}"#));
    let error = shop.get("/books").await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(AuthError::OAuthProvider(_))),
        "{error}"
    );
}

#[tokio::test]
async fn the_note_on_a_401_that_is_not_replayed_says_why() {
    let shop = Shop::open();
    let api = ApiServer::open();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let key = ApiKey::in_query("key", "api_key").unwrap();
    let manual = ClientCredentials::new("shop", SECRET)
        .token_url(shop.auth.token_url())
        .manual()
        .token(evergrant::Token::new("not-a-real-token"))
        .build(Transport::default())
        .unwrap();
    for (authorizer, reason) in [
        (
            Authorizer::from(key.with_key("not-a-real-key").unwrap()),
            "no token is among its credentials",
        ),
        (Authorizer::from(manual), "the application renews tokens by itself"),
    ] {
        let client = client_with(authorizer, &api);
        api.next(Answer::new(401));
        assert_eq!(get(&client, &api.url("/x")).await.unwrap().status(), 401);
        let note = logs.named("evergrant.not_replayed").pop().unwrap();
        assert!(note.fields["reason"].contains(reason), "{note:?}");
        assert_eq!(
            (note.fields["url"].clone(), note.target.as_str()),
            (api.url("/x"), "evergrant_tower")
        );
    }
    assert!(!logs.mention("not-a-real"));
}

/// Refuses its first request; lets nobody call it that did not ask whether it is ready.
struct Strict {
    ready: bool,
    log: Shared<Vec<&'static str>>,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self {
            ready: false,
            log: self.log.clone(),
        }
    }
}

/// A response's body that says when it is dropped.
struct Watched(Shared<Vec<&'static str>>);

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.with(|log| log.push("body dropped"));
    }
}

impl<B: Send + 'static> Service<Request<Replayable<B>>> for Strict {
    type Response = Response<Watched>;
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
        ready(response.body(Watched(self.log.clone())))
    }
}

#[tokio::test]
async fn before_the_replay_the_refusals_body_is_dropped_and_the_service_made_ready_again() {
    let shop = Shop::open();
    let log = Shared::default();
    let strict = Strict {
        ready: false,
        log: log.clone(),
    };
    let service = shop.layer().build().unwrap().layer(strict);
    let request = Request::get(shop.api.url("/")).body(Empty::<Bytes>::new()).unwrap();
    let answer = service.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    let log = log.with(|log| log.clone());
    assert_eq!(log, ["ready", "called", "body dropped", "ready", "called"]);
}

#[tokio::test]
async fn a_service_that_fails_with_a_boxed_error_can_be_wrapped() {
    let shop = Shop::open();
    let inner = service_fn(async |_: Request<Replayable<Empty<Bytes>>>| {
        Err::<Response<()>, evergrant::error::BoxError>("out of order".into())
    });
    let service = shop.layer().build().unwrap().layer(inner);
    let request = Request::get(shop.api.url("/")).body(Empty::new()).unwrap();
    let error = service.oneshot(request).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("GET {} failed: out of order", shop.api.url("/"))
    );
}
