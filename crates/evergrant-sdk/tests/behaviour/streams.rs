//! Streaming responses: events and bytes.

use std::pin::pin;
use std::time::Duration;

use evergrant_sdk::{ByteStream, Core, Error, Event, EventStream, Expect, Settings, Status, Untyped, decode};
use futures_core::Stream;

use crate::support::server::{Server, ServerResponse};
use crate::support::{Fixture, api};

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Price {
    amount: f64,
}

const EVENTS: &str = "text/event-stream; charset=utf-8";

async fn server_with(response: ServerResponse) -> (Server, Core) {
    server_with_limit(response, Duration::from_secs(20)).await
}

async fn server_with_limit(response: ServerResponse, limit: Duration) -> (Server, Core) {
    let server = Server::start(move |_| response.clone()).await;
    let mut settings = Settings::new(&api::API);
    settings.server(0, &server.url);
    settings.timeout(limit);
    (server, settings.build().unwrap())
}

async fn prices(core: &Core) -> Result<EventStream<Price>, Error> {
    core.request(&api::OPEN).events::<Price, Untyped>(&[]).await
}

fn problem(outcome: Option<Result<Event<Price>, Error>>) -> Error {
    outcome.unwrap().unwrap_err()
}

#[tokio::test]
async fn events_are_returned_as_they_arrive_without_a_time_limit() {
    let chunks = [
        "data: {\"amo",
        "unt\": 1.5}\n",
        "id: 7\nevent: price\n\n",
        ": still here\n\n",
        "data: {\"amount\": 2}\n\n",
    ];
    let response = ServerResponse::chunks(EVENTS, &chunks, Duration::from_millis(600));
    let (_server, core) = server_with_limit(response, Duration::from_secs(2)).await;
    let mut events = prices(&core).await.unwrap();
    assert_eq!(events.status(), 200);
    let first = events.next().await.unwrap().unwrap();
    assert_eq!(first.data, Price { amount: 1.5 });
    assert_eq!(
        (first.id.as_deref(), first.event.as_deref()),
        (Some("7"), Some("price"))
    );
    let second = events.next().await.unwrap().unwrap();
    assert_eq!(
        (second.data.amount, second.id.as_deref(), second.event),
        (2.0, Some("7"), None)
    );
    assert!(events.next().await.is_none() && events.next().await.is_none());
}

#[tokio::test]
async fn the_wait_for_the_response_head_has_a_time_limit() {
    let response = ServerResponse::chunks(EVENTS, &["data: {}\n\n"], Duration::ZERO).delayed(Duration::from_secs(60));
    let (_server, core) = server_with_limit(response, Duration::from_millis(50)).await;
    let error = prices(&core).await.unwrap_err();
    let Error::Http(problem) = &error else {
        panic!("{error}")
    };
    assert!(problem.is_timeout() && error.is_retryable());
    let text = error.to_string();
    assert!(
        text.starts_with("GET /open at http://127.0.0.1:") && text.ends_with(" failed: no response within 50ms"),
        "{text}"
    );
}

#[tokio::test]
async fn text_data_is_returned_unchanged() {
    let chunks = [
        "data: {\"amount\": 1}\n\n",
        "data: plain\n\ndata: [DONE]\n\n",
        "data: more\n\n",
    ];
    let (_server, core) = server_with(ServerResponse::chunks(EVENTS, &chunks, Duration::ZERO)).await;
    let events = core.request(&api::OPEN).events::<String, Untyped>(&[]).await.unwrap();
    // Reads the events through the `Stream` implementation.
    let mut events = pin!(events);
    let mut texts = Vec::new();
    while let Some(event) = std::future::poll_fn(|context| events.as_mut().poll_next(context)).await {
        texts.push(event.unwrap().data);
    }
    assert_eq!(texts, [r#"{"amount": 1}"#, "plain"]);
}

#[tokio::test]
async fn the_stream_continues_after_a_decode_error() {
    let chunks = ["data: {\"amount\": \"hushhush\"}\n\ndata: {\"amount\": 2}\n\n"];
    let (_server, core) = server_with(ServerResponse::chunks(EVENTS, &chunks, Duration::ZERO)).await;
    let mut events = prices(&core).await.unwrap();
    let error = problem(events.next().await);
    let text = error.to_string();
    assert!(
        text.starts_with("the response to GET /open at http://127.0.0.1:")
            && text.ends_with(" (200 OK) cannot be decoded: amount: expected f64, found a string"),
        "{text}"
    );
    assert!(!format!("{error:?} {events:?}").contains("hushhush"));
    let Error::Decode(problem) = &error else {
        panic!("{error}")
    };
    assert_eq!(problem.body(), r#"{"amount": "hushhush"}"#);
    assert_eq!(problem.headers()["content-type"], EVENTS);
    assert_eq!(events.next().await.unwrap().unwrap().data.amount, 2.0);
}

#[tokio::test]
async fn a_broken_connection_is_an_error_and_ends_the_stream() {
    let response = ServerResponse::chunks(EVENTS, &["data: {\"amount\": 1}\n\ndata: {"], Duration::ZERO);
    let (_server, core) = server_with(response.header("content-length", "1000")).await;
    let mut events = prices(&core).await.unwrap();
    events.next().await.unwrap().unwrap();
    assert!(matches!(problem(events.next().await), Error::Http(_)));
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn an_endless_line_is_an_error() {
    let endless = format!("data: {{\"amount\": 1}}\n\ndata: {}", "x".repeat(2 * 1024 * 1024));
    let (_server, core) = server_with(ServerResponse::chunks(EVENTS, &[&endless], Duration::ZERO)).await;
    let mut events = prices(&core).await.unwrap();
    events.next().await.unwrap().unwrap();
    let error = problem(events.next().await);
    assert!(error.to_string().contains("a line of more than 1 MiB"), "{error}");
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn a_response_that_is_not_an_event_stream_is_an_error() {
    let (_server, core) = server_with(ServerResponse::chunks("application/json", &["{}"], Duration::ZERO)).await;
    let error = prices(&core).await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("the body is JSON, not an event stream (text/event-stream)"),
        "{error}"
    );
    let (_server, core) = server_with(ServerResponse::new(200, "data: {\"amount\": 1}\n\n")).await;
    let mut events = prices(&core).await.unwrap();
    assert!(
        events.next().await.unwrap().is_ok(),
        "a response without a content type is accepted"
    );
}

#[tokio::test]
async fn an_error_response_to_a_streaming_call_is_decoded() {
    let (_server, core) = server_with(ServerResponse::new(404, "no such price")).await;
    let errors = [Expect::new(Status::Exact(404), decode::text)];
    let error = core
        .request(&api::OPEN)
        .events::<Price, String>(&errors)
        .await
        .unwrap_err();
    assert_eq!(error.api().unwrap().error().unwrap(), "no such price");
    let error = core.request(&api::OPEN).stream(&errors).await.unwrap_err();
    assert_eq!(error.api().unwrap().error().unwrap(), "no such price");
}

#[tokio::test]
async fn a_download_is_returned_in_chunks_without_a_time_limit() {
    let chunks = ["one ", "two ", "three ", "four"];
    let response = ServerResponse::chunks("text/plain", &chunks, Duration::from_millis(600));
    let (_server, core) = server_with_limit(response, Duration::from_secs(2)).await;
    let mut download: ByteStream = core.request(&api::OPEN).stream::<Untyped>(&[]).await.unwrap();
    assert_eq!(download.headers()["content-type"], "text/plain");
    let mut text = Vec::new();
    while let Some(chunk) = download.next().await {
        text.extend_from_slice(&chunk.unwrap());
    }
    assert_eq!(text, b"one two three four");
    assert!(download.next().await.is_none());
}

#[tokio::test]
async fn a_streaming_call_is_repeated_after_a_401() {
    let fixture = Fixture::new();
    let core = fixture.core();
    fixture.api.reject_next(1);
    let mut download = core.request(&api::LIST_BOOKS).stream::<Untyped>(&[]).await.unwrap();
    assert!(download.next().await.unwrap().is_ok());
    assert_eq!(fixture.auth.token_requests(), 2);
}

#[tokio::test]
async fn an_error_response_with_a_stalling_body_is_returned() {
    let chunks = ["no such ", "price"];
    let stalling = || {
        let mut response =
            ServerResponse::chunks("text/plain", &chunks, Duration::ZERO).header("content-length", "1000");
        response = response.with_status(404).stalling();
        response
    };
    let errors = [Expect::new(Status::Exact(404), decode::text)];
    for limit in [Duration::from_millis(300), Duration::ZERO] {
        let (_server, core) = server_with_limit(stalling(), limit).await;
        let started = tokio::time::Instant::now();
        let error = core.request(&api::OPEN).stream(&errors).await.unwrap_err();
        assert_eq!(error.api().unwrap().error().unwrap(), "no such price");
        assert!(started.elapsed() < Duration::from_secs(8));
    }
    let (_server, core) = server_with_limit(stalling(), Duration::from_millis(300)).await;
    let error = core
        .request(&api::OPEN)
        .events::<Price, String>(&errors)
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap(), 404);
    let responses = [Expect::new(Status::Exact(200), decode::text)];
    let error = core.request(&api::OPEN).send(&responses, &errors).await.unwrap_err();
    assert_eq!(error.api().unwrap().error().unwrap(), "no such price");
}

#[tokio::test]
async fn the_time_limit_of_the_http_client_does_not_end_a_stream() {
    let chunks = ["one ", "two ", "three"];
    let response = ServerResponse::chunks("text/plain", &chunks, Duration::from_millis(300));
    let server = Server::start(move |_| response.clone()).await;
    let mut settings = Settings::new(&api::API);
    settings.server(0, &server.url);
    settings.http(|http| http.timeout(Duration::from_millis(400)));
    let core = settings.build().unwrap();
    let mut download = core.request(&api::OPEN).stream::<Untyped>(&[]).await.unwrap();
    let mut text = Vec::new();
    while let Some(chunk) = download.next().await {
        text.extend_from_slice(&chunk.unwrap());
    }
    assert_eq!(text, b"one two three");
}

#[tokio::test]
async fn retry_and_last_event_id_follow_the_returned_events() {
    let chunks = ["retry: 1500\nid: 1\n\ndata: one\n\nid: 2\n\nretry: 3000\n\ndata: two\nid: 3\n\nid\n\n"];
    let (_server, core) = server_with(ServerResponse::chunks(EVENTS, &chunks, Duration::ZERO)).await;
    let mut events = core.request(&api::OPEN).events::<String, Untyped>(&[]).await.unwrap();
    assert_eq!((events.retry(), events.last_event_id()), (None, None));
    assert_eq!(events.next().await.unwrap().unwrap().data, "one");
    let ms = Duration::from_millis;
    assert_eq!((events.retry(), events.last_event_id()), (Some(ms(1500)), Some("1")));
    let two = events.next().await.unwrap().unwrap();
    assert_eq!((two.data.as_str(), two.retry), ("two", None));
    assert_eq!((events.retry(), events.last_event_id()), (Some(ms(3000)), Some("3")));
    assert!(events.next().await.is_none());
    assert_eq!((events.retry(), events.last_event_id()), (Some(ms(3000)), None));
}
