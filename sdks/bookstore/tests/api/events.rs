//! The stream of orders.

use std::time::Duration;

use bookstore::Error;
use bookstore::models::{Order, OrderStatus};
use emulations::Bookstore;
use evergrant_sdk::{Event, EventStream};
use evergrant_testing::{Answer, Fault};

use crate::common::{client, keyed};

async fn all(mut stream: EventStream<Order>) -> Vec<Result<Event<Order>, Error>> {
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        events.push(event);
    }
    assert!(stream.next().await.is_none(), "the end is the end");
    events
}

fn is_the_whole_stream(events: Vec<Result<Event<Order>, Error>>) {
    let events: Vec<_> = events.into_iter().map(Result::unwrap).collect();
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            let Event {
                event, id, data: order, ..
            } = event;
            (event.as_deref(), id.as_deref(), order.id.as_str(), order.status.clone())
        })
        .collect();
    assert_eq!(
        told,
        [
            (Some("order"), Some("1"), "order-1", OrderStatus::Delivered),
            (Some("order"), Some("2"), "order-2", OrderStatus::Pending),
            (None, Some("2"), "order-2", OrderStatus::Shipped),
        ]
    );
    assert_eq!(events[0].data.user.name, "Jane Doe");
    assert!(events[0].data.date.to_system_time().is_some());
}

fn stream_of(text: &str) -> Answer {
    Answer::new(200)
        .header("content-type", "text/event-stream")
        .body(text.to_owned())
}

#[tokio::test]
async fn orders_come_as_typed_events_until_the_stream_ends() {
    let shop = Bookstore::start();
    let stream = client(&shop).orders().stream_orders().send().await.unwrap();
    assert_eq!(stream.status(), 200);
    is_the_whole_stream(all(stream).await);
}

#[tokio::test]
async fn it_does_not_matter_how_the_stream_is_cut_up() {
    let shop = Bookstore::start();
    shop.api().next(Fault::Drip(Duration::ZERO));
    let stream = client(&shop).orders().stream_orders().send().await.unwrap();
    is_the_whole_stream(all(stream).await);
}

#[tokio::test]
async fn an_order_that_is_placed_is_told_of() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let placed = client.orders().place_order(&crate::common::order()).send().await;
    let placed = placed.unwrap();
    let events = all(client.orders().stream_orders().send().await.unwrap()).await;
    let told = events.into_iter().find_map(|event| {
        let order = event.unwrap().data;
        (order.id == placed.id).then_some(order)
    });
    assert_eq!(told.unwrap(), *placed);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_an_error_and_those_after_it_still_come() {
    let shop = Bookstore::start();
    let good = r#"{"id":"order-7","date":"","status":"lost","user":{"id":"u","name":"n"},"products":[],"more":1}"#;
    let text = format!(
        "retry: 1500\ndata: {good}\n\ndata: {{\"id\":\"hush\"}}\n\ndata: {good}\n\ndata: [DONE]\n\ndata: x\n\n"
    );
    shop.api().next(stream_of(&text));
    let stream = client(&shop).orders().stream_orders().send().await.unwrap();
    let [Ok(first), Err(bad), Ok(last)] = &all(stream).await[..] else {
        panic!("three events")
    };
    assert_eq!(first.retry, Some(Duration::from_millis(1500)));
    assert_eq!(first.data.status, OrderStatus::Unknown("lost".to_owned()));
    assert_eq!(first.data, last.data);
    assert!(matches!(bad, Error::Decode(_)), "{bad}");
    assert!(
        bad.to_string().contains("`date`") && !bad.to_string().contains("hush"),
        "{bad}"
    );
}

#[tokio::test]
async fn a_connection_that_breaks_is_an_error_and_the_end() {
    let shop = Bookstore::start();
    shop.api().next(Fault::Drip(Duration::from_millis(1)));
    let mut stream = client(&shop).orders().stream_orders().send().await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap().data.id, "order-1");
    drop(shop);
    let rest = all(stream).await;
    let Some(Err(error)) = rest.last() else {
        panic!("{rest:?}")
    };
    assert!(matches!(error, Error::Http(_)) && error.is_retryable(), "{error}");
}

#[tokio::test]
async fn an_answer_of_another_kind_is_no_stream() {
    let shop = Bookstore::start();
    shop.api().next(Answer::new(200).json("[]"));
    let error = client(&shop).orders().stream_orders().send().await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error}");
}

#[tokio::test]
async fn a_stream_that_does_not_begin_is_as_any_failed_call() {
    let shop = Bookstore::start();
    let wrong = keyed(&shop, "not-a-real-key-either");
    let outcome = wrong.orders().stream_orders().send().await;
    assert_eq!(crate::common::code(outcome), (401, "unauthorized".to_owned()));
    shop.api().next(Answer::new(503).header("retry-after", "3"));
    let error = client(&shop).orders().stream_orders().send().await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
    shop.api().next(Fault::Hang);
    let slow = client(&shop)
        .orders()
        .stream_orders()
        .timeout(Duration::from_millis(50));
    let Error::Http(error) = slow.send().await.unwrap_err() else {
        panic!("it is too late")
    };
    assert!(error.is_timeout());
    shop.api().release_hanging();
}
