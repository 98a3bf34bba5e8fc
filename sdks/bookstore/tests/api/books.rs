//! Books: a union whose variant is selected by the category.

use bookstore::models::{Book, FantasyBook, ProgrammingBook, SciFiBook};
use emulations::Bookstore;
use evergrant_sdk::serde_json::{Value, json};
use evergrant_testing::MockResponse;

use crate::common::{client, code};

#[tokio::test]
async fn each_kind_of_book_round_trips() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let books: [(Book, &str, Book); 3] = [
        (
            ProgrammingBook::new("Programs", "Ann", "Rust")
                .price(29.5)
                .edition(2)
                .into(),
            r#"{"category":"Programming","title":"Programs","author":"Ann","price":29.5,"language":"Rust","edition":2}"#,
            ProgrammingBook::new("Programs", "Ann", "Rust")
                .price(29.5)
                .edition(2)
                .id("book-4")
                .into(),
        ),
        (
            FantasyBook::new("Dragons", "Bob")
                .series("Fire")
                .world("Examplia")
                .into(),
            r#"{"category":"Fantasy","title":"Dragons","author":"Bob","series":"Fire","world":"Examplia"}"#,
            FantasyBook::new("Dragons", "Bob")
                .series("Fire")
                .world("Examplia")
                .id("book-5")
                .into(),
        ),
        (
            SciFiBook::new("Space", "Cid", 2424).hard(false).into(),
            r#"{"category":"Sci-fi","title":"Space","author":"Cid","year":2424,"hard":false}"#,
            SciFiBook::new("Space", "Cid", 2424).hard(false).id("book-6").into(),
        ),
    ];
    for (book, expected_json, expected) in books {
        let added = client.books().add_book(&book).send().await.unwrap();
        assert_eq!(*added, expected);
        let request = shop.api_requests().pop().unwrap();
        let sent: Value = evergrant_sdk::serde_json::from_slice(&request.body).unwrap();
        let expected_json: Value = evergrant_sdk::serde_json::from_str(expected_json).unwrap();
        assert_eq!(sent, expected_json);
        assert_eq!(request.header("content-type"), Some("application/json"));
    }
    let all = client.books().list_books().send().await.unwrap();
    assert_eq!(all.len(), 6);
}

#[tokio::test]
async fn the_category_selects_the_kind_of_book() {
    let shop = Bookstore::start();
    let books = client(&shop).books().list_books().send().await.unwrap().into_inner();
    let [
        Book::ProgrammingBook(programming),
        Book::FantasyBook(fantasy),
        Book::SciFiBook(sci_fi),
    ] = &books[..]
    else {
        panic!("{books:?}")
    };
    assert_eq!(
        (programming.language.as_str(), programming.edition.value()),
        ("Rust", None)
    );
    assert_eq!(fantasy.series.value().map(String::as_str), Some("Examples"));
    assert_eq!((sci_fi.year, sci_fi.hard), (2424, Some(true)));
    assert_eq!(sci_fi.category.as_str(), "Sci-fi");
}

#[tokio::test]
async fn a_book_of_an_unknown_category_is_preserved() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let cooking = json!({"id": "book-9", "category": "Cooking", "title": "Soup", "recipes": [1, null, {"a": 1.5}]});
    for response in [&cooking, &json!([cooking, {"category": null}, {}])] {
        shop.api().next(MockResponse::new(200).json(&response.to_string()));
        if response.is_array() {
            let books = client.books().list_books().send().await.unwrap();
            assert_eq!(books.len(), 3);
            assert_eq!(books[0], Book::Unknown(cooking.clone()));
        } else {
            let book = client.books().get_book("book-9").send().await.unwrap();
            assert_eq!(*book, Book::Unknown(cooking.clone()));
            let outcome = client.books().add_book(&book).send().await;
            assert_eq!(code(outcome), (400, "bad_request".to_owned()));
            let sent = shop.api_requests().pop().unwrap();
            let sent: Value = evergrant_sdk::serde_json::from_slice(&sent.body).unwrap();
            assert_eq!(sent, cooking, "the unknown book is sent unchanged");
        }
    }
}

#[tokio::test]
async fn unknown_members_are_ignored() {
    let shop = Bookstore::start();
    let book = json!({"category": "Fantasy", "title": "a", "author": "b", "shelf": {"row": 3}, "price": null});
    shop.api().next(MockResponse::new(200).json(&book.to_string()));
    let book = client(&shop).books().get_book("book-2").send().await.unwrap();
    assert_eq!(*book, FantasyBook::new("a", "b").into());
}
