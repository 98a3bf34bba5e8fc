//! The event stream of orders.

use std::time::Duration;

use bookstore::Error;
use bookstore::models::{Order, OrderStatus};
use emulations::Bookstore;
use evergrant_sdk::{Event, EventStream};
use evergrant_testing::{Fault, MockResponse};

use crate::common::{client, client_with_key};

async fn collect(mut stream: EventStream<Order>) -> Vec<Result<Event<Order>, Error>> {
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        events.push(event);
    }
    assert!(stream.next().await.is_none(), "an ended stream stays ended");
    events
}

fn assert_complete_stream(events: Vec<Result<Event<Order>, Error>>) {
    let events: Vec<_> = events.into_iter().map(Result::unwrap).collect();
    let received: Vec<_> = events
        .iter()
        .map(|event| {
            let Event {
                event, id, data: order, ..
            } = event;
            (event.as_deref(), id.as_deref(), order.id.as_str(), order.status.clone())
        })
        .collect();
    assert_eq!(
        received,
        [
            (Some("order"), Some("1"), "order-1", OrderStatus::Delivered),
            (Some("order"), Some("2"), "order-2", OrderStatus::Pending),
            (None, Some("2"), "order-2", OrderStatus::Shipped),
        ]
    );
    assert_eq!(events[0].data.user.name, "Jane Doe");
    assert!(events[0].data.date.to_system_time().is_some());
}

fn stream_of(text: &str) -> MockResponse {
    MockResponse::new(200)
        .header("content-type", "text/event-stream")
        .body(text.to_owned())
}

#[tokio::test]
async fn orders_are_typed_events_until_the_stream_ends() {
    let shop = Bookstore::start();
    let stream = client(&shop).orders().stream_orders().send().await.unwrap();
    assert_eq!(stream.status(), 200);
    assert_complete_stream(collect(stream).await);
}

#[tokio::test]
async fn events_may_be_split_across_chunks() {
    let shop = Bookstore::start();
    shop.api().next(Fault::Drip(Duration::ZERO));
    let stream = client(&shop).orders().stream_orders().send().await.unwrap();
    assert_complete_stream(collect(stream).await);
}

#[tokio::test]
async fn a_new_order_appears_in_the_stream() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let placed = client.orders().place_order(&crate::common::order()).send().await;
    let placed = placed.unwrap();
    let events = collect(client.orders().stream_orders().send().await.unwrap()).await;
    let received = events.into_iter().find_map(|event| {
        let order = event.unwrap().data;
        (order.id == placed.id).then_some(order)
    });
    assert_eq!(received.unwrap(), *placed);
}

#[tokio::test]
async fn an_event_that_cannot_be_decoded_is_an_error_and_the_stream_continues() {
    let shop = Bookstore::start();
    let good = r#"{"id":"order-7","date":"","status":"lost","user":{"id":"u","name":"n"},"products":[],"more":1}"#;
    let text = format!(
        "retry: 1500\ndata: {good}\n\ndata: {{\"id\":\"hidden\"}}\n\ndata: {good}\n\ndata: [DONE]\n\ndata: x\n\n"
    );
    shop.api().next(stream_of(&text));
    let stream = client(&shop).orders().stream_orders().send().await.unwrap();
    let [Ok(first), Err(error), Ok(last)] = &collect(stream).await[..] else {
        panic!("expected three events")
    };
    assert_eq!(first.retry, Some(Duration::from_millis(1500)));
    assert_eq!(first.data.status, OrderStatus::Unknown("lost".to_owned()));
    assert_eq!(first.data, last.data);
    assert!(matches!(error, Error::Decode(_)), "{error}");
    assert!(
        error.to_string().contains("`date`") && !error.to_string().contains("hidden"),
        "{error}"
    );
}

#[tokio::test]
async fn a_broken_connection_is_an_error_and_ends_the_stream() {
    let shop = Bookstore::start();
    shop.api().next(Fault::Drip(Duration::from_millis(1)));
    let mut stream = client(&shop).orders().stream_orders().send().await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap().data.id, "order-1");
    drop(shop);
    let rest = collect(stream).await;
    let Some(Err(error)) = rest.last() else {
        panic!("{rest:?}")
    };
    assert!(matches!(error, Error::Http(_)) && error.is_retryable(), "{error}");
}

#[tokio::test]
async fn a_response_of_another_media_type_is_an_error() {
    let shop = Bookstore::start();
    shop.api().next(MockResponse::new(200).json("[]"));
    let error = client(&shop).orders().stream_orders().send().await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error}");
}

#[tokio::test]
async fn a_stream_that_does_not_start_fails_like_any_call() {
    let shop = Bookstore::start();
    let wrong = client_with_key(&shop, "not-a-real-key-either");
    let outcome = wrong.orders().stream_orders().send().await;
    assert_eq!(crate::common::code(outcome), (401, "unauthorized".to_owned()));
    shop.api().next(MockResponse::new(503).header("retry-after", "3"));
    let error = client(&shop).orders().stream_orders().send().await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
    shop.api().next(Fault::Hang);
    let slow = client(&shop)
        .orders()
        .stream_orders()
        .timeout(Duration::from_millis(50));
    let Error::Http(error) = slow.send().await.unwrap_err() else {
        panic!("expected a timeout")
    };
    assert!(error.is_timeout());
    shop.api().release_hanging();
}
