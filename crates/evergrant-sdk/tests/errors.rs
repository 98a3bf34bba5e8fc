//! What comes of answers that are no success, or not the one that was promised.

#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]

mod support;

use std::time::Duration;

use evergrant_sdk::http::StatusCode;
use evergrant_sdk::{Core, Error, Expect, Settings, Status, Untyped, decode};
use support::server::{Reply, Server};
use support::{World, api};

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Problem {
    title: String,
}

#[derive(Debug, PartialEq)]
enum Failure {
    NotFound(Problem),
    Client(Problem),
    Other(String),
}

const FAILURES: &[Expect<Failure>] = &[
    Expect::new(Status::Any, |body| decode::text(body).map(Failure::Other)),
    Expect::new(Status::Range(4), |body| decode::json(body).map(Failure::Client)),
    Expect::new(Status::Exact(404), |body| decode::json(body).map(Failure::NotFound)),
];

const PROBLEM: &str = r#"{"title": "hushhush"}"#;

async fn answering(reply: Reply) -> (Server, Core) {
    let server = Server::start(move |_| reply.clone()).await;
    let mut settings = Settings::new(&api::API);
    settings.server(0, &server.url);
    (server, settings.build().unwrap())
}

async fn failure(status: u16, body: &str) -> Error<Failure> {
    let (_server, core) = answering(Reply::new(status, body).header("x-secret", "hushhush")).await;
    let call = core.request(&api::OPEN);
    let answers = [Expect::new(Status::Exact(200), decode::json::<Problem>)];
    call.send(&answers, FAILURES).await.unwrap_err()
}

#[tokio::test]
async fn the_closest_description_of_a_failure_counts() {
    let read = async |status| failure(status, PROBLEM).await;
    let problem = || Problem {
        title: "hushhush".to_owned(),
    };
    let error = read(404).await;
    assert_eq!(error.api().unwrap().error(), Some(&Failure::NotFound(problem())));
    let error = read(409).await;
    assert_eq!(error.api().unwrap().error(), Some(&Failure::Client(problem())));
    let error = read(500).await;
    assert_eq!(error.api().unwrap().error(), Some(&Failure::Other(PROBLEM.to_owned())));
}

#[tokio::test]
async fn a_failure_keeps_all_it_came_with_and_shows_none_of_it() {
    let error = failure(404, PROBLEM).await;
    let api = error.api().unwrap();
    assert_eq!(api.status(), StatusCode::NOT_FOUND);
    assert_eq!(api.headers()["x-secret"], "hushhush");
    assert_eq!(api.body(), PROBLEM);
    let text = error.to_string();
    assert!(
        text.starts_with("GET /open at http://127.0.0.1:")
            && text.ends_with(" was answered 404 Not Found with 21 bytes"),
        "{text}"
    );
    for shown in [
        format!("{error:?}"),
        format!("{error}"),
        format!("{:?}", error.untyped()),
    ] {
        assert!(!shown.contains("hushhush"), "{shown}");
    }
}

#[tokio::test]
async fn a_failure_that_is_not_as_described_has_its_body_all_the_same() {
    let error = failure(404, "<html>hushhush").await;
    let api = error.api().unwrap();
    assert_eq!((api.error(), api.body().as_ref()), (None, &b"<html>hushhush"[..]));
}

#[tokio::test]
async fn what_may_pass_by_itself_says_so_and_when() {
    let reply = Reply::new(429, "").header("retry-after", "7");
    let (_server, core) = answering(reply).await;
    let answers = [Expect::new(Status::Any, decode::empty)];
    let error = core
        .request(&api::OPEN)
        .send::<_, Untyped>(&answers, &[])
        .await
        .unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert!(!failure(404, "").await.is_retryable());
}

#[tokio::test]
async fn a_success_that_is_not_described_is_kept() {
    let error = failure(201, PROBLEM).await;
    let Error::UnexpectedStatus(answer) = &error else {
        panic!("{error}")
    };
    assert_eq!(
        (answer.status(), answer.body().as_ref()),
        (StatusCode::CREATED, PROBLEM.as_bytes())
    );
    let text = error.to_string();
    assert!(
        text.starts_with("GET /open at http://127.0.0.1:")
            && text.ends_with(" was answered 201 Created with 21 bytes, which its description does not have"),
        "{text}"
    );
    assert_eq!(error.status(), Some(StatusCode::CREATED));
}

#[tokio::test]
async fn an_answer_that_is_no_success_counts_where_it_is_described_as_one() {
    let (_server, core) = answering(Reply::new(304, "")).await;
    let answers = [
        Expect::new(Status::Exact(304), |_| Ok("unchanged")),
        Expect::new(Status::Any, |_| Ok("changed")),
    ];
    let answer = core
        .request(&api::OPEN)
        .send::<_, Untyped>(&answers, &[])
        .await
        .unwrap();
    assert_eq!((*answer, answer.status().as_u16()), ("unchanged", 304));
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_says_where_and_not_what() {
    let error = failure(200, r#"{"title": 1234567}"#).await;
    let text = error.to_string();
    assert!(
        text.starts_with("the answer of GET /open at http://127.0.0.1:")
            && text.ends_with(" (200 OK) cannot be read: title: expected a string, found an integer"),
        "{text}"
    );
    let Error::Decode(problem) = &error else {
        panic!("{error}")
    };
    assert_eq!(problem.problem().path(), "title");
    assert!(!format!("{error:?}").contains("1234567"));
}

#[tokio::test]
async fn failure_bodies_are_cut_at_a_mebibyte_and_successes_are_not() {
    let large = "x".repeat(3 * 1024 * 1024);
    let error = failure(500, &large).await;
    assert_eq!(error.api().unwrap().body().len(), 1024 * 1024);
    let (_server, core) = answering(Reply::new(200, large)).await;
    let answers = [Expect::new(Status::Any, decode::bytes)];
    let answer = core
        .request(&api::OPEN)
        .send::<_, Untyped>(&answers, &[])
        .await
        .unwrap();
    assert_eq!(answer.len(), 3 * 1024 * 1024);
}

#[tokio::test]
async fn a_403_names_the_scopes_that_the_token_was_not_asked_for_with() {
    let world = World::new();
    let answers = [Expect::new(Status::Any, decode::empty)];
    let refused = async |core: &Core| {
        world.api.next(evergrant_testing::Answer::new(403));
        let call = core.request(&api::WRITE_ORDER);
        call.send::<_, Untyped>(&answers, &[]).await.unwrap_err().to_string()
    };
    let with_scopes = |scopes: &[&'static str]| {
        let credentials = support::credentials().scopes(scopes.iter().copied());
        world.core_with(|settings| settings.oauth(api::CCG, credentials))
    };
    let message = refused(&with_scopes(&["books.read"])).await;
    let told = " was answered 403 Forbidden with 0 bytes; the operation needs the scopes `orders.write`, which the token was not asked for with";
    assert_eq!(message, format!("GET /orders at {}{told}", world.api.url("")));
    let message = refused(&with_scopes(&["books.read", "orders.write"])).await;
    assert!(
        message.contains("lack the permission for this operation, or the token is no longer valid")
            && message.contains("renew_when(..)"),
        "{message}"
    );
}

#[tokio::test]
async fn the_authorization_servers_refusal_is_told_apart() {
    let world = World::new();
    let credentials = evergrant_sdk::OAuthCredentials::client_credentials("shop", "wrong-not-real");
    let core = world.core_with(|settings| settings.oauth(api::CCG, credentials));
    let answers = [Expect::new(Status::Any, decode::empty)];
    let error = core
        .request(&api::LIST_BOOKS)
        .send::<_, Untyped>(&answers, &[])
        .await
        .unwrap_err();
    let Error::OAuthProvider(refusal) = &error else {
        panic!("{error}")
    };
    assert_eq!(refusal.code(), Some("invalid_client"));
    assert!(world.api.requests().is_empty());
}

#[tokio::test]
async fn an_api_that_is_not_there_is_an_error_without_its_url() {
    let mut settings = Settings::new(&api::API);
    settings.server(0, "http://127.0.0.1:9/hushhush");
    let core = settings.build().unwrap();
    let answers = [Expect::new(Status::Any, decode::empty)];
    let call = core.request(&api::OPEN).query(
        "q",
        evergrant_sdk::QueryStyle::Form,
        evergrant_sdk::Explode::Yes,
        "hushhush",
    );
    let error = call.send::<_, Untyped>(&answers, &[]).await.unwrap_err();
    let Error::Http(problem) = &error else {
        panic!("{error}")
    };
    assert!(problem.is_connect() && error.is_retryable());
    let mut shown = format!("{error} {error:?}");
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
    while let Some(error) = cause {
        shown.push_str(&format!("{error} {error:?}"));
        cause = error.source();
    }
    assert!(!shown.contains("hushhush"), "{shown}");
    assert!(shown.starts_with("GET /open at http://127.0.0.1:9 failed: "), "{shown}");
}

#[test]
fn an_error_is_small_and_of_one_type_for_any_operation() {
    assert!(size_of::<Error<[u8; 4096]>>() <= 64);
    fn is_error<E: std::error::Error + Send + Sync + 'static>() {}
    is_error::<Error<Failure>>();
    is_error::<Error>();
}
