//! Failures that the description has, and those that it does not have.

use std::time::Duration;

use bookstore::Error;
use bookstore::models::{Book, NewOrder, Product, User};
use emulations::Bookstore;
use evergrant_sdk::serde_json::json;
use evergrant_testing::{Answer, Fault};

use crate::common::{client, code, problem};

#[tokio::test]
async fn what_cannot_be_understood_is_a_400_with_a_problem() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let nameless = Book::Unknown(json!({"category": "Fantasy"}));
    let (status, nameless) = problem(client.books().add_book(&nameless).send().await);
    assert_eq!((status, nameless.code.as_str()), (400, "bad_request"));
    assert_eq!(nameless.message, "something that the category asks for is missing");
    for products in [vec![], vec![Product::new("book-9", 1)], vec![Product::new("book-1", 0)]] {
        let order = NewOrder::new(User::new("user-2", "John Doe"), products);
        let outcome = client.orders().place_order(&order).send().await;
        assert_eq!(code(outcome), (400, "bad_request".to_owned()));
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_404_with_a_problem() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let (status, missing) = problem(client.books().get_book("book-9").send().await);
    assert_eq!((status, missing.message.as_str()), (404, "no such book"));
    let (status, missing) = problem(client.orders().get_order("order-9").send().await);
    assert_eq!((status, missing.message.as_str()), (404, "no such order"));
}

#[tokio::test]
async fn an_error_says_what_was_called_and_how_it_was_answered_but_nothing_of_what_was_said() {
    let shop = Bookstore::start();
    let error = client(&shop).books().get_book("hush").send().await.unwrap_err();
    let api = error.api().unwrap();
    assert_eq!(api.operation(), "getBook");
    assert_eq!(api.headers()["content-type"], "application/json");
    assert_eq!(&api.body()[..], br#"{"code":"not_found","message":"no such book"}"#);
    let text = error.to_string();
    assert!(
        text.starts_with("GET /books/{bookId} at http://127.0.0.1:")
            && text.ends_with(" was answered 404 Not Found with 45 bytes"),
        "{text}"
    );
    let debug = format!("{error:?}");
    assert!(
        !debug.contains("hush") && !debug.contains("no such book"),
        "the id and the body: {debug}"
    );
}

#[tokio::test]
async fn a_failure_that_the_description_does_not_have_is_kept_untyped() {
    let shop = Bookstore::start();
    let client = client(&shop);
    // Listing orders is not described to answer 400.
    let error = client.orders().list_orders().status("lost".into()).send().await;
    let error = error.unwrap_err();
    let api = error.api().unwrap();
    assert_eq!(api.status(), 400);
    assert!(api.error().is_none() && api.body().starts_with(b"{\"code\""));

    for (answer, retryable, wait) in [
        (Answer::new(500).body("<h1>Oh</h1>"), false, None),
        (Answer::new(503).header("retry-after", "7"), true, Some(7)),
        (Answer::new(429), true, None),
        (Answer::new(404).json("[1]"), false, None),
        (Answer::new(401).body("not json"), false, None),
    ] {
        shop.api().next(answer);
        let error = client.books().get_book("book-1").send().await.unwrap_err();
        assert!(error.api().unwrap().error().is_none());
        assert_eq!(error.is_retryable(), retryable, "{error}");
        assert_eq!(error.retry_after(), wait.map(Duration::from_secs));
    }
}

#[tokio::test]
async fn an_answer_that_is_not_as_described_is_named_by_its_place() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let order =
        json!({"id": "hush", "date": "", "status": "pending", "user": {"id": 424242, "name": "n"}, "products": []});
    shop.api().next(Answer::new(200).json(&order.to_string()));
    let error = client.orders().get_order("order-1").send().await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error}");
    let text = format!("{error} {error:?}");
    assert!(text.contains("user.id") && text.contains("string"), "{text}");
    assert!(!text.contains("hush") && !text.contains("424242"), "{text}");

    for body in ["", "<html>", "[", "null"] {
        shop.api().next(Answer::new(200).json(body));
        let error = client.orders().get_order("order-1").send().await.unwrap_err();
        assert!(matches!(error, Error::Decode(_)), "{body:?}: {error}");
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn an_api_that_does_not_answer_is_no_wait_without_end() {
    let shop = Bookstore::start();
    let client = client(&shop);
    shop.api().next(Fault::Hang);
    let slow = client.books().get_book("book-1").timeout(Duration::from_millis(50));
    let Error::Http(error) = slow.send().await.unwrap_err() else {
        panic!("it is too late")
    };
    assert!(error.is_timeout() && !error.is_connect());
    shop.api().release_hanging();
    // Twice, since a request on a connection that was kept is sent anew.
    shop.api().next_n(2, Fault::Disconnect);
    let error = client.books().get_book("book-1").send().await.unwrap_err();
    assert!(matches!(error, Error::Http(_)) && error.is_retryable(), "{error}");
}
