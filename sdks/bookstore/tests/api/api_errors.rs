//! Errors of the API, with and without a type in the description.

use std::time::Duration;

use bookstore::Error;
use bookstore::models::{Book, NewOrder, Product, User};
use emulations::Bookstore;
use evergrant_sdk::serde_json::json;
use evergrant_testing::{Fault, MockResponse};

use crate::common::{client, code, problem};

#[tokio::test]
async fn an_invalid_request_is_a_400_with_a_typed_body() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let nameless = Book::Unknown(json!({"category": "Fantasy"}));
    let (status, nameless) = problem(client.books().add_book(&nameless).send().await);
    assert_eq!((status, nameless.code.as_str()), (400, "bad_request"));
    assert_eq!(nameless.message, "a required member of the category is missing");
    for products in [vec![], vec![Product::new("book-9", 1)], vec![Product::new("book-1", 0)]] {
        let order = NewOrder::new(User::new("user-2", "John Doe"), products);
        let outcome = client.orders().place_order(&order).send().await;
        assert_eq!(code(outcome), (400, "bad_request".to_owned()));
    }
}

#[tokio::test]
async fn a_missing_resource_is_a_404_with_a_typed_body() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let (status, missing) = problem(client.books().get_book("book-9").send().await);
    assert_eq!((status, missing.message.as_str()), (404, "no such book"));
    let (status, missing) = problem(client.orders().get_order("order-9").send().await);
    assert_eq!((status, missing.message.as_str()), (404, "no such order"));
}

#[tokio::test]
async fn an_error_shows_the_operation_and_the_status_but_no_content() {
    let shop = Bookstore::start();
    let error = client(&shop).books().get_book("hidden").send().await.unwrap_err();
    let api = error.api().unwrap();
    assert_eq!(api.operation(), "getBook");
    assert_eq!(api.headers()["content-type"], "application/json");
    assert_eq!(&api.body()[..], br#"{"code":"not_found","message":"no such book"}"#);
    let text = error.to_string();
    assert!(
        text.starts_with("GET /books/{bookId} at http://127.0.0.1:")
            && text.ends_with(" returned 404 Not Found with 45 bytes"),
        "{text}"
    );
    let debug = format!("{error:?}");
    assert!(
        !debug.contains("hidden") && !debug.contains("no such book"),
        "the output contains the id or the body: {debug}"
    );
}

#[tokio::test]
async fn an_undocumented_error_response_is_untyped() {
    let shop = Bookstore::start();
    let client = client(&shop);
    // The description has no 400 response for the list of orders.
    let error = client.orders().list_orders().status("lost".into()).send().await;
    let error = error.unwrap_err();
    let api = error.api().unwrap();
    assert_eq!(api.status(), 400);
    assert!(api.error().is_none() && api.body().starts_with(b"{\"code\""));

    for (response, retryable, wait) in [
        (MockResponse::new(500).body("<h1>Oh</h1>"), false, None),
        (MockResponse::new(503).header("retry-after", "7"), true, Some(7)),
        (MockResponse::new(429), true, None),
        (MockResponse::new(404).json("[1]"), false, None),
        (MockResponse::new(401).body("not json"), false, None),
    ] {
        shop.api().next(response);
        let error = client.books().get_book("book-1").send().await.unwrap_err();
        assert!(error.api().unwrap().error().is_none());
        assert_eq!(error.is_retryable(), retryable, "{error}");
        assert_eq!(error.retry_after(), wait.map(Duration::from_secs));
    }
}

#[tokio::test]
async fn a_decode_error_shows_the_location_but_no_values() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let order =
        json!({"id": "hidden", "date": "", "status": "pending", "user": {"id": 424242, "name": "n"}, "products": []});
    shop.api().next(MockResponse::new(200).json(&order.to_string()));
    let error = client.orders().get_order("order-1").send().await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error}");
    let text = format!("{error} {error:?}");
    assert!(text.contains("user.id") && text.contains("string"), "{text}");
    assert!(!text.contains("hidden") && !text.contains("424242"), "{text}");

    for body in ["", "<html>", "[", "null"] {
        shop.api().next(MockResponse::new(200).json(body));
        let error = client.orders().get_order("order-1").send().await.unwrap_err();
        assert!(matches!(error, Error::Decode(_)), "{body:?}: {error}");
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn an_api_that_does_not_respond_times_out() {
    let shop = Bookstore::start();
    let client = client(&shop);
    shop.api().next(Fault::Hang);
    let slow = client.books().get_book("book-1").timeout(Duration::from_millis(50));
    let Error::Http(error) = slow.send().await.unwrap_err() else {
        panic!("expected a timeout")
    };
    assert!(error.is_timeout() && !error.is_connect());
    shop.api().release_hanging();
    // Twice, because a request on a reused connection is sent again.
    shop.api().next_n(2, Fault::Disconnect);
    let error = client.books().get_book("book-1").send().await.unwrap_err();
    assert!(matches!(error, Error::Http(_)) && error.is_retryable(), "{error}");
}
