//! Answers that are read while they come: events and bytes.

#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]

mod support;

use std::pin::pin;
use std::time::Duration;

use evergrant_sdk::{ByteStream, Core, Error, Event, EventStream, Expect, Settings, Status, Untyped, decode};
use futures_core::Stream;
use support::server::{Reply, Server};
use support::{World, api};

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Price {
    amount: f64,
}

const EVENTS: &str = "text/event-stream; charset=utf-8";

async fn answering(reply: Reply) -> (Server, Core) {
    limited(reply, Duration::from_secs(20)).await
}

async fn limited(reply: Reply, limit: Duration) -> (Server, Core) {
    let server = Server::start(move |_| reply.clone()).await;
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
async fn events_come_as_they_are_sent_and_as_long_as_they_are_sent() {
    let pieces = [
        "data: {\"amo",
        "unt\": 1.5}\n",
        "id: 7\nevent: price\n\n",
        ": still here\n\n",
        "data: {\"amount\": 2}\n\n",
    ];
    let reply = Reply::pieces(EVENTS, &pieces, Duration::from_millis(600));
    let (_server, core) = limited(reply, Duration::from_secs(2)).await;
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
async fn the_beginning_has_a_time_limit() {
    let reply = Reply::pieces(EVENTS, &["data: {}\n\n"], Duration::ZERO).after(Duration::from_secs(60));
    let (_server, core) = limited(reply, Duration::from_millis(50)).await;
    let error = prices(&core).await.unwrap_err();
    let Error::Http(problem) = &error else {
        panic!("{error}")
    };
    assert!(problem.is_timeout() && error.is_retryable());
    let text = error.to_string();
    assert!(
        text.starts_with("GET /open at http://127.0.0.1:") && text.ends_with(" failed: no answer within 50ms"),
        "{text}"
    );
}

#[tokio::test]
async fn text_is_given_as_it_is() {
    let pieces = [
        "data: {\"amount\": 1}\n\n",
        "data: plain\n\ndata: [DONE]\n\n",
        "data: more\n\n",
    ];
    let (_server, core) = answering(Reply::pieces(EVENTS, &pieces, Duration::ZERO)).await;
    let events = core.request(&api::OPEN).events::<String, Untyped>(&[]).await.unwrap();
    // As a stream, too.
    let mut events = pin!(events);
    let mut texts = Vec::new();
    while let Some(event) = std::future::poll_fn(|context| events.as_mut().poll_next(context)).await {
        texts.push(event.unwrap().data);
    }
    assert_eq!(texts, [r#"{"amount": 1}"#, "plain"]);
}

#[tokio::test]
async fn data_that_cannot_be_read_is_an_error_and_the_stream_goes_on() {
    let pieces = ["data: {\"amount\": \"hushhush\"}\n\ndata: {\"amount\": 2}\n\n"];
    let (_server, core) = answering(Reply::pieces(EVENTS, &pieces, Duration::ZERO)).await;
    let mut events = prices(&core).await.unwrap();
    let error = problem(events.next().await);
    let text = error.to_string();
    assert!(
        text.starts_with("the answer of GET /open at http://127.0.0.1:")
            && text.ends_with(" (200 OK) cannot be read: amount: expected f64, found text"),
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
async fn a_connection_that_breaks_is_an_error_and_the_end() {
    let reply = Reply::pieces(EVENTS, &["data: {\"amount\": 1}\n\ndata: {"], Duration::ZERO);
    let (_server, core) = answering(reply.header("content-length", "1000")).await;
    let mut events = prices(&core).await.unwrap();
    events.next().await.unwrap().unwrap();
    assert!(matches!(problem(events.next().await), Error::Http(_)));
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn a_line_without_end_is_not_kept() {
    let endless = format!("data: {{\"amount\": 1}}\n\ndata: {}", "x".repeat(2 * 1024 * 1024));
    let (_server, core) = answering(Reply::pieces(EVENTS, &[&endless], Duration::ZERO)).await;
    let mut events = prices(&core).await.unwrap();
    events.next().await.unwrap().unwrap();
    let error = problem(events.next().await);
    assert!(error.to_string().contains("a line of more than 1 MiB"), "{error}");
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn what_is_no_stream_of_events_is_said_at_once() {
    let (_server, core) = answering(Reply::pieces("application/json", &["{}"], Duration::ZERO)).await;
    let error = prices(&core).await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("it is JSON, not a stream of events (text/event-stream)"),
        "{error}"
    );
    let (_server, core) = answering(Reply::new(200, "data: {\"amount\": 1}\n\n")).await;
    let mut events = prices(&core).await.unwrap();
    assert!(
        events.next().await.unwrap().is_ok(),
        "one that does not say is taken for one"
    );
}

#[tokio::test]
async fn a_failure_in_place_of_a_stream_is_read_as_described() {
    let (_server, core) = answering(Reply::new(404, "no such price")).await;
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
async fn a_download_comes_piece_by_piece_and_is_not_limited() {
    let pieces = ["one ", "two ", "three ", "four"];
    let reply = Reply::pieces("text/plain", &pieces, Duration::from_millis(600));
    let (_server, core) = limited(reply, Duration::from_secs(2)).await;
    let mut download: ByteStream = core.request(&api::OPEN).stream::<Untyped>(&[]).await.unwrap();
    assert_eq!(download.headers()["content-type"], "text/plain");
    let mut text = Vec::new();
    while let Some(piece) = download.next().await {
        text.extend_from_slice(&piece.unwrap());
    }
    assert_eq!(text, b"one two three four");
    assert!(download.next().await.is_none());
}

#[tokio::test]
async fn a_stream_is_asked_for_again_after_a_401() {
    let world = World::new();
    let core = world.core();
    world.api.refuse_next(1);
    let mut download = core.request(&api::LIST_BOOKS).stream::<Untyped>(&[]).await.unwrap();
    assert!(download.next().await.unwrap().is_ok());
    assert_eq!(world.auth.token_requests(), 2);
}

#[tokio::test]
async fn a_failure_whose_body_stalls_is_still_that_failure() {
    let pieces = ["no such ", "price"];
    let stalling = || {
        let mut reply = Reply::pieces("text/plain", &pieces, Duration::ZERO).header("content-length", "1000");
        reply = reply.with_status(404).stalling();
        reply
    };
    let errors = [Expect::new(Status::Exact(404), decode::text)];
    for limit in [Duration::from_millis(300), Duration::ZERO] {
        let (_server, core) = limited(stalling(), limit).await;
        let started = tokio::time::Instant::now();
        let error = core.request(&api::OPEN).stream(&errors).await.unwrap_err();
        assert_eq!(error.api().unwrap().error().unwrap(), "no such price");
        assert!(started.elapsed() < Duration::from_secs(8));
    }
    let (_server, core) = limited(stalling(), Duration::from_millis(300)).await;
    let error = core
        .request(&api::OPEN)
        .events::<Price, String>(&errors)
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap(), 404);
    let answers = [Expect::new(Status::Exact(200), decode::text)];
    let error = core.request(&api::OPEN).send(&answers, &errors).await.unwrap_err();
    assert_eq!(error.api().unwrap().error().unwrap(), "no such price");
}

#[tokio::test]
async fn a_limit_of_the_http_client_does_not_end_a_stream() {
    let pieces = ["one ", "two ", "three"];
    let reply = Reply::pieces("text/plain", &pieces, Duration::from_millis(300));
    let server = Server::start(move |_| reply.clone()).await;
    let mut settings = Settings::new(&api::API);
    settings.server(0, &server.url);
    settings.http(|http| http.timeout(Duration::from_millis(400)));
    let core = settings.build().unwrap();
    let mut download = core.request(&api::OPEN).stream::<Untyped>(&[]).await.unwrap();
    let mut text = Vec::new();
    while let Some(piece) = download.next().await {
        text.extend_from_slice(&piece.unwrap());
    }
    assert_eq!(text, b"one two three");
}

#[tokio::test]
async fn what_is_said_of_the_stream_itself_is_kept_when_its_turn_comes() {
    let pieces = ["retry: 1500\nid: 1\n\ndata: one\n\nid: 2\n\nretry: 3000\n\ndata: two\nid: 3\n\nid\n\n"];
    let (_server, core) = answering(Reply::pieces(EVENTS, &pieces, Duration::ZERO)).await;
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
