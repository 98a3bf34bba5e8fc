//! Books, one of three kinds by their category.

use bookstore::models::{Book, FantasyBook, ProgrammingBook, SciFiBook};
use emulations::Bookstore;
use evergrant_sdk::serde_json::{Value, json};
use evergrant_testing::Answer;

use crate::common::{client, code};

#[tokio::test]
async fn each_kind_goes_there_and_back() {
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
    for (book, written, kept) in books {
        let added = client.books().add_book(&book).send().await.unwrap();
        assert_eq!(*added, kept);
        let request = shop.api_requests().pop().unwrap();
        let sent: Value = evergrant_sdk::serde_json::from_slice(&request.body).unwrap();
        let written: Value = evergrant_sdk::serde_json::from_str(written).unwrap();
        assert_eq!(sent, written);
        assert_eq!(request.header("content-type"), Some("application/json"));
    }
    let all = client.books().list_books().send().await.unwrap();
    assert_eq!(all.len(), 6);
}

#[tokio::test]
async fn the_category_says_which_kind_a_book_is() {
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
    assert_eq!((programming.language.as_str(), programming.edition), ("Rust", None));
    assert_eq!(fantasy.series.as_deref(), Some("Examples"));
    assert_eq!((sci_fi.year, sci_fi.hard), (2424, Some(true)));
    assert_eq!(sci_fi.category.as_str(), "Sci-fi");
}

#[tokio::test]
async fn a_book_of_another_category_is_kept_as_it_came() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let cooking = json!({"id": "book-9", "category": "Cooking", "title": "Soup", "recipes": [1, null, {"a": 1.5}]});
    for answer in [&cooking, &json!([cooking, {"category": null}, {}])] {
        shop.api().next(Answer::new(200).json(&answer.to_string()));
        if answer.is_array() {
            let books = client.books().list_books().send().await.unwrap();
            assert_eq!(books.len(), 3);
            assert_eq!(books[0], Book::Unknown(cooking.clone()));
        } else {
            let book = client.books().get_book("book-9").send().await.unwrap();
            assert_eq!(*book, Book::Unknown(cooking.clone()));
            let sent_on = client.books().add_book(&book).send().await;
            assert_eq!(code(sent_on), (400, "bad_request".to_owned()));
            let sent = shop.api_requests().pop().unwrap();
            let sent: Value = evergrant_sdk::serde_json::from_slice(&sent.body).unwrap();
            assert_eq!(sent, cooking, "nothing is lost on the way");
        }
    }
}

#[tokio::test]
async fn members_that_the_description_does_not_have_are_ignored() {
    let shop = Bookstore::start();
    let book = json!({"category": "Fantasy", "title": "a", "author": "b", "shelf": {"row": 3}, "price": null});
    shop.api().next(Answer::new(200).json(&book.to_string()));
    let book = client(&shop).books().get_book("book-2").send().await.unwrap();
    assert_eq!(*book, FantasyBook::new("a", "b").into());
}
