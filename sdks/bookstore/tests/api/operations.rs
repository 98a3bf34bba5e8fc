//! Each operation with all parameters, and the credentials that it sends.

use bookstore::models::{Category, Credits, OrderStatus};
use bookstore::operations::books::UploadCoverForm;
use emulations::Bookstore;
use evergrant_sdk::FilePart;

use crate::common::{builder, client, fantasy, order, requests};

#[tokio::test]
async fn books_are_listed_by_category_and_limit() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let books = client.books();
    assert_eq!(books.list_books().send().await.unwrap().len(), 3);
    let fantasy = books.list_books().category(Category::Fantasy).send().await.unwrap();
    assert_eq!(fantasy.len(), 1);
    let sci_fi = books.list_books().category(Category::SciFi).limit(7);
    assert_eq!(sci_fi.send().await.unwrap().len(), 1);
    assert_eq!(books.list_books().limit(2).send().await.unwrap().len(), 2);

    let queries: Vec<_> = shop.api_requests().into_iter().map(|request| request.query).collect();
    let expected = [
        None,
        Some("category=Fantasy"),
        Some("category=Sci-fi&limit=7"),
        Some("limit=2"),
    ];
    assert_eq!(queries, expected.map(|query| query.map(str::to_owned)));
}

#[tokio::test]
async fn an_added_book_is_found_by_its_new_id() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let added = client.books().add_book(&fantasy().into()).send().await.unwrap();
    assert_eq!(added.status(), 201);
    assert_eq!(*added, fantasy().id("book-4").into());
    let stored = client.books().get_book("book-4").send().await.unwrap();
    assert_eq!((stored.status().as_u16(), &*stored), (200, &*added));
}

#[tokio::test]
async fn a_cover_is_uploaded_with_its_caption_and_credits() {
    let shop = Bookstore::start();
    let picture = FilePart::new(b"\x89PNG".to_vec())
        .file_name("cover.png")
        .content_type("image/png");
    let form = UploadCoverForm::new(picture)
        .caption("A dragon")
        .credits(Credits::new("A. Nonymous").year(2024));
    let cover = client(&shop).books().upload_cover("book-2", form).send().await.unwrap();
    assert_eq!(cover.status(), 200);
    assert_eq!((cover.book_id.as_str(), cover.size), ("book-2", 4));
    assert_eq!(cover.file_name.as_deref(), Some("cover.png"));
    assert_eq!(cover.content_type, "image/png");
    assert_eq!(cover.caption.as_deref(), Some("A dragon"));
    assert_eq!(cover.credits, Some(Credits::new("A. Nonymous").year(2024)));
    assert_eq!(shop.cover("book-2").unwrap(), b"\x89PNG");
}

#[tokio::test]
async fn orders_are_listed_by_status() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let all = client.orders().list_orders().send().await.unwrap();
    let ids: Vec<_> = all.iter().map(|order| order.id.as_str()).collect();
    assert_eq!(ids, ["order-1", "order-2"]);
    let delivered = client.orders().list_orders().status(OrderStatus::Delivered);
    let delivered = delivered.send().await.unwrap();
    assert_eq!(delivered.len(), 1);
    assert_eq!(delivered[0], all[0]);
    assert_eq!(
        shop.api_requests()[1].query_value("status").as_deref(),
        Some("delivered")
    );
}

#[tokio::test]
async fn a_placed_order_is_found_by_its_id() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let placed = client.orders().place_order(&order()).send().await.unwrap();
    assert_eq!(placed.status(), 201);
    assert_eq!(placed.status, OrderStatus::Pending);
    assert_eq!(placed.user, order().user);
    let [product] = &placed.products[..] else {
        panic!("{placed:?}")
    };
    assert_eq!((product.book_id.as_str(), product.quantity), ("book-2", 3));
    assert_eq!(product.price, Some(12.0), "the API sets the price");
    let stored = client.orders().get_order(&placed.id).send().await.unwrap();
    assert_eq!(*stored, *placed);
}

#[tokio::test]
async fn each_operation_sends_only_its_own_credentials() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let (books, orders) = (client.books(), client.orders());
    books.list_books().send().await.unwrap();
    books.add_book(&fantasy().into()).send().await.unwrap();
    books.get_book("book-1").send().await.unwrap();
    let picture = FilePart::new(b"x".to_vec()).content_type("image/jpeg");
    let form = UploadCoverForm::new(picture);
    books.upload_cover("book-1", form).send().await.unwrap();
    orders.list_orders().send().await.unwrap();
    orders.place_order(&order()).send().await.unwrap();
    orders.get_order("order-1").send().await.unwrap();
    orders.stream_orders().send().await.unwrap();

    let token = format!("Bearer {}", token(&client).await);
    let (token, key) = (Some(token.as_str()), Some(Bookstore::API_KEY));
    let sent = shop.api_requests();
    let expected = [
        ("GET", "/books", token, None),
        ("POST", "/books", None, key),
        ("GET", "/books/book-1", None, None),
        ("PUT", "/books/book-1/cover", None, key),
        ("GET", "/orders", token, None),
        ("POST", "/orders", token, None),
        ("GET", "/orders/order-1", token, None),
        ("GET", "/orderstream", None, key),
    ];
    assert_eq!(sent.len(), expected.len());
    for (request, (method, path, token, key)) in sent.iter().zip(expected) {
        assert_eq!((request.method.as_str(), request.path.as_str()), (method, path));
        assert_eq!(
            (request.header("authorization"), request.header("x-api-key")),
            (token, key),
            "{path}"
        );
        assert_eq!(request.header("user-agent"), Some("bookstore/1.0.0"));
        let accept = if path == "/orderstream" {
            "text/event-stream"
        } else {
            "application/json"
        };
        assert_eq!(request.header("accept"), Some(accept), "{path}");
    }
    let [request] = &shop.auth_requests()[..] else {
        panic!("expected one token request")
    };
    assert_eq!(request.header("x-api-key"), None);
    assert_eq!(request.header("user-agent"), Some("bookstore/1.0.0"));
}

#[tokio::test]
async fn a_book_can_be_read_without_credentials() {
    let shop = Bookstore::start();
    let client = builder(&shop).build().unwrap();
    client.books().get_book("book-3").send().await.unwrap();
    assert_eq!(requests(&shop), (0, 1));
}

async fn token(client: &bookstore::Client) -> String {
    let manager = client.client_credentials_manager().unwrap();
    manager.token().await.unwrap().access_token().expose().to_owned()
}
