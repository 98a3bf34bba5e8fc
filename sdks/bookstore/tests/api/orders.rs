//! Orders: unknown values, times, and ids in paths.

use std::time::{Duration, SystemTime};

use bookstore::Error;
use bookstore::models::OrderStatus;
use emulations::Bookstore;
use evergrant_sdk::serde_json::{Value, json};
use evergrant_testing::MockResponse;

use crate::common::{builder, client, code, requests};

fn order(status: &str, date: &str) -> Value {
    json!({"id": "order-1", "date": date, "status": status, "user": {"id": "u", "name": "n", "age": 7}, "products": []})
}

#[tokio::test]
async fn an_unknown_status_is_preserved() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let unknown = order("lost at sea", "2024-01-02T03:04:05Z");
    shop.api().next(MockResponse::new(200).json(&unknown.to_string()));
    let order = client.orders().get_order("order-1").send().await.unwrap();
    assert_eq!(order.status, OrderStatus::Unknown("lost at sea".to_owned()));
    assert_eq!(order.status.to_string(), "lost at sea");

    let listed = client.orders().list_orders().status(order.status.clone()).send().await;
    assert_eq!(
        listed.unwrap_err().status().unwrap(),
        400,
        "the API does not know the status"
    );
    let query = shop.api_requests().pop().unwrap().query_value("status");
    assert_eq!(query.as_deref(), Some("lost at sea"), "the status is sent unchanged");
    for (text, status) in [
        ("pending", OrderStatus::Pending),
        ("shipped", OrderStatus::Shipped),
        ("delivered", OrderStatus::Delivered),
    ] {
        assert_eq!((OrderStatus::from(text), status.as_str()), (status.clone(), text));
    }
}

#[tokio::test]
async fn a_date_is_a_time_and_the_original_text() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let order_1 = client.orders().get_order("order-1").send().await.unwrap();
    assert_eq!(order_1.date.as_str(), "2024-01-01T03:04:05Z");
    let expected = SystemTime::UNIX_EPOCH + Duration::from_secs(1_704_078_245);
    assert_eq!(order_1.date.to_system_time(), Some(expected));

    for (text, is_time) in [
        ("2024-01-01T04:04:05.000+01:00", true),
        ("2024-01-01t03:04:05z", true),
        ("yesterday", false),
        ("2024-02-30T00:00:00Z", false),
        ("", false),
    ] {
        shop.api()
            .next(MockResponse::new(200).json(&order("pending", text).to_string()));
        let order = client.orders().get_order("order-1").send().await.unwrap();
        assert_eq!(order.date.as_str(), text);
        assert_eq!(order.date.to_system_time(), is_time.then_some(expected), "{text}");
    }
}

#[tokio::test]
async fn an_id_is_one_segment_of_the_path() {
    let shop = Bookstore::start();
    let client = client(&shop);
    for (id, path) in [
        ("order/1", "/orders/order%2F1"),
        ("a b", "/orders/a%20b"),
        ("a?status=pending#b", "/orders/a%3Fstatus=pending%23b"),
        ("50%", "/orders/50%25"),
        ("%2e%2ex", "/orders/%252e%252ex"),
        ("Bücher", "/orders/B%C3%BCcher"),
        ("a\\b", "/orders/a%5Cb"),
        ("...", "/orders/..."),
    ] {
        let outcome = client.orders().get_order(id).send().await;
        assert_eq!(code(outcome), (404, "not_found".to_owned()), "{id}");
        let request = shop.api_requests().pop().unwrap();
        let decoded = |path: &str| path.replace("%3D", "=");
        assert_eq!(decoded(&request.path), path, "{id}");
        assert_eq!(request.query, None);
    }
}

#[tokio::test]
async fn an_id_that_changes_the_path_is_rejected_before_sending() {
    let shop = Bookstore::start();
    let with_credentials = client(&shop);
    let without_credentials = builder(&shop).build().unwrap();
    for id in ["..", ".", "", "../books", "../../x", "%2e%2e", "..;x", "a\\..\\b"] {
        let order = with_credentials.orders().get_order(id).send().await.unwrap_err();
        let book = without_credentials.books().get_book(id).send().await.unwrap_err();
        for error in [order, book] {
            assert!(matches!(error, Error::Request(_)), "{id:?}: {error}");
            assert!(!error.is_retryable());
        }
    }
    assert_eq!(requests(&shop), (0, 0));
}
