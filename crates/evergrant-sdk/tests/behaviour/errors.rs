//! Error responses, and responses that do not match the description.

use std::time::Duration;

use evergrant_sdk::http::StatusCode;
use evergrant_sdk::{Core, Error, Expect, Settings, Status, Untyped, decode};

use crate::support::server::{Server, ServerResponse};
use crate::support::{self, Fixture, ServiceCredentials, api};

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

async fn server_with(response: ServerResponse) -> (Server, Core) {
    let server = Server::start(move |_| response.clone()).await;
    let mut settings = Settings::new(&api::API);
    settings.server(0, &server.url);
    (server, settings.build().unwrap())
}

async fn failed_call(status: u16, body: &str) -> Error<Failure> {
    let (_server, core) = server_with(ServerResponse::new(status, body).header("x-secret", "hushhush")).await;
    let call = core.request(&api::OPEN);
    let responses = [Expect::new(Status::Exact(200), decode::json::<Problem>)];
    call.send(&responses, FAILURES).await.unwrap_err()
}

#[tokio::test]
async fn the_most_specific_error_description_applies() {
    let failed = async |status| failed_call(status, PROBLEM).await;
    let problem = || Problem {
        title: "hushhush".to_owned(),
    };
    let error = failed(404).await;
    assert_eq!(error.api().unwrap().error(), Some(&Failure::NotFound(problem())));
    let error = failed(409).await;
    assert_eq!(error.api().unwrap().error(), Some(&Failure::Client(problem())));
    let error = failed(500).await;
    assert_eq!(error.api().unwrap().error(), Some(&Failure::Other(PROBLEM.to_owned())));
}

#[tokio::test]
async fn an_api_error_contains_the_response_and_its_message_does_not() {
    let error = failed_call(404, PROBLEM).await;
    let api = error.api().unwrap();
    assert_eq!(api.status(), StatusCode::NOT_FOUND);
    assert_eq!(api.headers()["x-secret"], "hushhush");
    assert_eq!(api.body(), PROBLEM);
    let text = error.to_string();
    assert!(
        text.starts_with("GET /open at http://127.0.0.1:") && text.ends_with(" returned 404 Not Found with 21 bytes"),
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
async fn an_error_response_that_cannot_be_decoded_keeps_its_body() {
    let error = failed_call(404, "<html>hushhush").await;
    let api = error.api().unwrap();
    assert_eq!((api.error(), api.body().as_ref()), (None, &b"<html>hushhush"[..]));
}

#[tokio::test]
async fn a_retryable_error_has_its_retry_after() {
    let response = ServerResponse::new(429, "").header("retry-after", "7");
    let (_server, core) = server_with(response).await;
    let responses = [Expect::new(Status::Any, decode::empty)];
    let error = core
        .request(&api::OPEN)
        .send::<_, Untyped>(&responses, &[])
        .await
        .unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert!(!failed_call(404, "").await.is_retryable());
}

#[tokio::test]
async fn an_undescribed_success_status_is_an_error_with_the_response() {
    let error = failed_call(201, PROBLEM).await;
    let Error::UnexpectedStatus(response) = &error else {
        panic!("{error}")
    };
    assert_eq!(
        (response.status(), response.body().as_ref()),
        (StatusCode::CREATED, PROBLEM.as_bytes())
    );
    let text = error.to_string();
    assert!(
        text.starts_with("GET /open at http://127.0.0.1:")
            && text.ends_with(" returned 201 Created with 21 bytes, a status that its description does not define"),
        "{text}"
    );
    assert_eq!(error.status(), Some(StatusCode::CREATED));
}

#[tokio::test]
async fn an_exactly_described_status_is_a_success() {
    let (_server, core) = server_with(ServerResponse::new(304, "")).await;
    let responses = [
        Expect::new(Status::Exact(304), |_| Ok("unchanged")),
        Expect::new(Status::Any, |_| Ok("changed")),
    ];
    let response = core
        .request(&api::OPEN)
        .send::<_, Untyped>(&responses, &[])
        .await
        .unwrap();
    assert_eq!((*response, response.status().as_u16()), ("unchanged", 304));
}

#[tokio::test]
async fn a_decode_error_names_the_position_and_not_the_value() {
    let error = failed_call(200, r#"{"title": 1234567}"#).await;
    let text = error.to_string();
    assert!(
        text.starts_with("the response to GET /open at http://127.0.0.1:")
            && text.ends_with(" (200 OK) cannot be decoded: title: expected a string, found an integer"),
        "{text}"
    );
    let Error::Decode(problem) = &error else {
        panic!("{error}")
    };
    assert_eq!(problem.problem().path(), "title");
    assert!(!format!("{error:?}").contains("1234567"));
}

#[tokio::test]
async fn only_error_bodies_are_truncated_to_one_mebibyte() {
    let large = "x".repeat(3 * 1024 * 1024);
    let error = failed_call(500, &large).await;
    assert_eq!(error.api().unwrap().body().len(), 1024 * 1024);
    let (_server, core) = server_with(ServerResponse::new(200, large)).await;
    let responses = [Expect::new(Status::Any, decode::bytes)];
    let response = core
        .request(&api::OPEN)
        .send::<_, Untyped>(&responses, &[])
        .await
        .unwrap();
    assert_eq!(response.len(), 3 * 1024 * 1024);
}

#[tokio::test]
async fn a_403_names_the_scopes_that_were_not_requested() {
    let fixture = Fixture::new();
    let responses = [Expect::new(Status::Any, decode::empty)];
    let forbidden = async |core: &Core| {
        fixture.api.next(evergrant_testing::MockResponse::new(403));
        let call = core.request(&api::WRITE_ORDER);
        call.send::<_, Untyped>(&responses, &[]).await.unwrap_err().to_string()
    };
    let with_scopes = |scopes: &[&'static str]| {
        let credentials = support::credentials().scopes(scopes.iter().copied());
        fixture.core_with(|settings| settings.oauth(api::CCG, credentials))
    };
    let message = forbidden(&with_scopes(&["books.read"])).await;
    let expected = " returned 403 Forbidden with 0 bytes; the operation requires the scopes `orders.write`, which were not requested for the token";
    assert_eq!(message, format!("GET /orders at {}{expected}", fixture.api.url("")));
    let message = forbidden(&with_scopes(&["books.read", "orders.write"])).await;
    assert!(
        message.contains("lack the permission for this operation, or the token is no longer valid")
            && message.contains("renew_when(..)"),
        "{message}"
    );
}

#[tokio::test]
async fn a_rejection_by_the_authorization_server_is_a_separate_error() {
    let fixture = Fixture::new();
    let credentials = ServiceCredentials::new("shop", "wrong-not-real");
    let core = fixture.core_with(|settings| settings.oauth(api::CCG, credentials));
    let responses = [Expect::new(Status::Any, decode::empty)];
    let error = core
        .request(&api::LIST_BOOKS)
        .send::<_, Untyped>(&responses, &[])
        .await
        .unwrap_err();
    let Error::OAuthProvider(rejection) = &error else {
        panic!("{error}")
    };
    assert_eq!(rejection.code(), Some("invalid_client"));
    assert!(fixture.api.requests().is_empty());
}

#[tokio::test]
async fn a_connection_error_does_not_show_the_url() {
    let mut settings = Settings::new(&api::API);
    settings.server(0, "http://127.0.0.1:9/hushhush");
    let core = settings.build().unwrap();
    let responses = [Expect::new(Status::Any, decode::empty)];
    let call = core.request(&api::OPEN).query(
        "q",
        evergrant_sdk::QueryStyle::Form,
        evergrant_sdk::Explode::Yes,
        "hushhush",
    );
    let error = call.send::<_, Untyped>(&responses, &[]).await.unwrap_err();
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
fn errors_are_small_and_implement_error() {
    assert!(size_of::<Error<[u8; 4096]>>() <= 64);
    fn assert_error<E: std::error::Error + Send + Sync + 'static>() {}
    assert_error::<Error<Failure>>();
    assert_error::<Error>();
}
