//! The bookstore emulation: scopes, the API key, the upload, and the event stream.

use crate::http_requests::{get, json_response, post, request, send, status, token};
use emulations::Bookstore;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

const CLIENT: (&str, &str) = (Bookstore::CLIENT_ID, Bookstore::CLIENT_SECRET);

fn order() -> Value {
    json!({"user": {"id": "user-2", "name": "John Doe"}, "products": [{"bookId": "book-2", "quantity": 3}]})
}

/// Returns the operations that require a token, with their scope and success status.
fn with_token(bookstore: &Bookstore) -> Vec<(&'static str, u16, RequestBuilder)> {
    let url = |path: &str| bookstore.api_url() + path;
    vec![
        ("books.read", 200, get(url("/books"))),
        ("orders.read", 200, get(url("/orders"))),
        ("orders.read", 200, get(url("/orders/order-1"))),
        ("orders.write", 201, post(url("/orders"), &order())),
    ]
}

fn key(request: RequestBuilder) -> RequestBuilder {
    request.header("X-API-Key", Bookstore::API_KEY)
}

fn fantasy() -> Value {
    json!({"id": "mine", "category": "Fantasy", "title": "Another Example", "author": "A. Nonymous"})
}

async fn assert_rejected(request: RequestBuilder, expected: u16, code: &str) {
    let (status, body) = json_response(request).await;
    assert_eq!((status, &body["code"]), (expected, &code.into()));
    assert!(body["message"].is_string());
}

#[tokio::test]
async fn each_scope_gives_access_to_its_operations() {
    let bookstore = Bookstore::start();
    for index in 0..4 {
        let (scope, expected, _) = with_token(&bookstore)[index];
        let request = || with_token(&bookstore).swap_remove(index).2;
        let right = token(bookstore.token_url(), CLIENT, scope).await;
        assert_eq!(status(request().bearer_auth(&right)).await, expected);
        let others: Vec<_> = Bookstore::SCOPES.into_iter().filter(|other| *other != scope).collect();
        let others = token(bookstore.token_url(), CLIENT, &others.join(" ")).await;
        assert_rejected(request().bearer_auth(others), 403, "insufficient_scope").await;
        let none = token(bookstore.token_url(), CLIENT, "").await;
        let response = send(request().bearer_auth(none)).await;
        let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
        assert_eq!(
            (response.status().as_u16(), &response.headers()["www-authenticate"]),
            (403, &challenge.parse().unwrap())
        );
        assert_rejected(request(), 401, "unauthorized").await;
        assert_rejected(request().bearer_auth("made-up"), 401, "unauthorized").await;
        assert_rejected(key(request()), 401, "unauthorized").await;
        bookstore.auth().revoke_all();
        assert_rejected(request().bearer_auth(right), 401, "unauthorized").await;
    }
}

#[tokio::test]
async fn adding_books_and_covers_and_streaming_orders_require_the_key() {
    let bookstore = Bookstore::start();
    let all = bookstore.auth().issue_token(CLIENT.0, &Bookstore::SCOPES);
    let url = |path: &str| bookstore.api_url() + path;
    for make in [
        |url: &dyn Fn(&str) -> String| post(url("/books"), &fantasy()),
        |url: &dyn Fn(&str) -> String| request(Method::PUT, url("/books/book-1/cover")),
        |url: &dyn Fn(&str) -> String| get(url("/orderstream")),
    ] {
        assert_rejected(make(&url), 401, "unauthorized").await;
        assert_rejected(make(&url).header("X-API-Key", "wrong"), 401, "unauthorized").await;
        assert_rejected(make(&url).bearer_auth(&all), 401, "unauthorized").await;
        assert_rejected(
            make(&url).query(&[("X-API-Key", Bookstore::API_KEY)]),
            401,
            "unauthorized",
        )
        .await;
    }
}

#[tokio::test]
async fn reading_a_book_requires_no_credentials() {
    let bookstore = Bookstore::start();
    for (id, category) in [("book-1", "Programming"), ("book-2", "Fantasy"), ("book-3", "Sci-fi")] {
        let (status, book) = json_response(get(format!("{}/books/{id}", bookstore.api_url()))).await;
        assert_eq!(
            (status, &book["category"], &book["id"]),
            (200, &category.into(), &id.into())
        );
    }
    for missing in ["book-4", "book-01", "mine", "1"] {
        assert_rejected(
            get(format!("{}/books/{missing}", bookstore.api_url())),
            404,
            "not_found",
        )
        .await;
    }
}

#[tokio::test]
async fn books_are_validated_added_and_listed() {
    let bookstore = Bookstore::start();
    let url = bookstore.api_url() + "/books";
    let (status, added) = json_response(key(post(url.clone(), &fantasy()))).await;
    assert_eq!((status, &added["id"]), (201, &"book-4".into()));
    assert_eq!(json_response(get(format!("{url}/book-4"))).await.1, added);
    for wrong in [
        json!({}),
        json!({"category": "Cooking", "title": "a", "author": "b"}),
        json!({"category": "Programming", "title": "a", "author": "b"}),
        json!({"category": "Sci-fi", "title": "a", "author": "b"}),
        json!({"category": "Fantasy", "title": "a"}),
    ] {
        assert_rejected(key(post(url.clone(), &wrong)), 400, "bad_request").await;
    }
    assert_rejected(
        key(request(Method::POST, url.clone()).body(fantasy().to_string())),
        400,
        "bad_request",
    )
    .await;

    let bearer = bookstore.auth().issue_token(CLIENT.0, &["books.read"]);
    let list = async |query: &[(&str, &str)]| json_response(get(url.clone()).query(query).bearer_auth(&bearer)).await;
    assert_eq!(list(&[]).await.1.as_array().unwrap().len(), 4);
    assert_eq!(list(&[("category", "Fantasy")]).await.1.as_array().unwrap().len(), 2);
    assert_eq!(list(&[("limit", "1")]).await.1[0]["id"], "book-1");
    assert_eq!(list(&[("category", "Cooking")]).await.0, 400);
    assert_eq!(list(&[("limit", "0")]).await.0, 400);
}

fn cover(kind: &str) -> Part {
    Part::bytes(b"\x89PNG\r\n\r\n--\0".to_vec())
        .file_name("cover.png")
        .mime_str(kind)
        .unwrap()
}

fn credits() -> Part {
    Part::text(r#"{"artist":"A. Nonymous","year":2024}"#)
        .mime_str("application/json")
        .unwrap()
}

#[tokio::test]
async fn a_cover_is_uploaded_as_multipart() {
    let bookstore = Bookstore::start();
    let upload = |id: &str, form: Form| {
        let url = format!("{}/books/{id}/cover", bookstore.api_url());
        key(request(Method::PUT, url)).multipart(form)
    };
    let form = Form::new()
        .part("cover", cover("image/png"))
        .text("caption", "A crab")
        .part("credits", credits());
    let (status, stored) = json_response(upload("book-1", form)).await;
    assert_eq!(status, 200);
    let expected = json!({
        "bookId": "book-1", "contentType": "image/png", "size": 11, "fileName": "cover.png", "caption": "A crab",
        "credits": {"artist": "A. Nonymous", "year": 2024},
    });
    assert_eq!(stored, expected);
    assert_eq!(bookstore.cover("book-1").unwrap(), b"\x89PNG\r\n\r\n--\0");

    for wrong in [
        Form::new().text("caption", "no cover"),
        Form::new().part("cover", cover("text/html")),
        Form::new()
            .part("cover", cover("image/png"))
            .part("cover", cover("image/png")),
        Form::new()
            .part("cover", cover("image/png"))
            .part("credits", Part::text("{}").mime_str("application/json").unwrap()),
        Form::new()
            .part("cover", cover("image/png"))
            .text("credits", r#"{"artist":"x"}"#),
        Form::new().part("cover", cover("image/png")).text("other", "x"),
    ] {
        assert_rejected(upload("book-2", wrong), 400, "bad_request").await;
    }
    assert_rejected(
        upload("book-9", Form::new().part("cover", cover("image/png"))),
        404,
        "not_found",
    )
    .await;
    let url = bookstore.api_url() + "/books/book-2/cover";
    assert_rejected(key(request(Method::PUT, url)).body("not multipart"), 400, "bad_request").await;
    assert!(bookstore.cover("book-2").is_none());
}

#[tokio::test]
async fn orders_are_placed_read_and_filtered() {
    let bookstore = Bookstore::start();
    let bearer = bookstore.auth().issue_token(CLIENT.0, &Bookstore::SCOPES);
    let url = bookstore.api_url() + "/orders";
    let placed = json_response(post(url.clone(), &order()).bearer_auth(&bearer)).await.1;
    assert_eq!(
        (&placed["id"], &placed["status"]),
        (&"order-3".into(), &"pending".into())
    );
    assert_eq!(
        placed["products"],
        json!([{"bookId": "book-2", "quantity": 3, "price": 12.0}])
    );
    assert_eq!(
        json_response(get(format!("{url}/order-3")).bearer_auth(&bearer))
            .await
            .1,
        placed
    );
    let pending = get(url.clone()).query(&[("status", "pending")]).bearer_auth(&bearer);
    assert_eq!(json_response(pending).await.1.as_array().unwrap().len(), 2);
    let lost = get(url.clone()).query(&[("status", "lost")]).bearer_auth(&bearer);
    assert_rejected(lost, 400, "bad_request").await;
    assert_rejected(get(format!("{url}/order-9")).bearer_auth(&bearer), 404, "not_found").await;
    for wrong in [
        json!({"user": {"id": "u", "name": "n"}, "products": []}),
        json!({"user": {"id": "u"}, "products": [{"bookId": "book-1", "quantity": 1}]}),
        json!({"user": {"id": "u", "name": "n"}, "products": [{"bookId": "book-9", "quantity": 1}]}),
        json!({"user": {"id": "u", "name": "n"}, "products": [{"bookId": "book-1", "quantity": 0}]}),
    ] {
        assert_rejected(post(url.clone(), &wrong).bearer_auth(&bearer), 400, "bad_request").await;
    }
}

#[tokio::test]
async fn the_stream_contains_every_order() {
    let bookstore = Bookstore::start();
    let response = send(key(get(bookstore.api_url() + "/orderstream"))).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let text = response.text().await.unwrap().replace("\r\n", "\n");
    let mut events = Vec::new();
    for event in text.split("\n\n") {
        let data: Vec<_> = event.lines().filter_map(|line| line.strip_prefix("data:")).collect();
        if !data.is_empty() {
            events.push(serde_json::from_str::<Value>(&data.join("\n")).unwrap());
        }
    }
    let statuses: Vec<_> = events.iter().map(|order| order["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["delivered", "pending", "shipped"]);
}

#[tokio::test]
async fn the_token_endpoint_has_the_described_path() {
    let bookstore = Bookstore::start();
    assert!(bookstore.token_url().ends_with("/oauth/token"));
    let request = reqwest::Client::new()
        .post(bookstore.token_url())
        .basic_auth(CLIENT.0, Some("wrong"));
    let (status, body) = json_response(request.form(&[("grant_type", "client_credentials")])).await;
    assert_eq!((status, &body["error"]), (401, &"invalid_client".into()));
    assert_eq!(
        (bookstore.auth_requests().len(), bookstore.api_requests().len()),
        (1, 0)
    );
}
