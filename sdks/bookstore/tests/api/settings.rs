//! URLs, headers, and the HTTP client.

use bookstore::{BuildError, Client, Environment};
use emulations::Bookstore;
use evergrant_sdk::http::{HeaderName, HeaderValue};
use evergrant_sdk::reqwest;

use crate::common::{builder, client, requests};

#[test]
fn the_default_environment_is_production() {
    assert_eq!(Environment::default(), Environment::Production);
    for builder in [
        Client::builder(),
        Client::builder().environment(Environment::Production),
    ] {
        let client = format!("{:?}", builder.build().unwrap());
        assert!(client.contains("http://127.0.0.1:4010"), "{client}");
    }
}

#[test]
fn an_unencrypted_url_must_be_allowed() {
    let unencrypted = || Client::builder().base_url("http://books.internal:8080");
    let error = unencrypted().build().unwrap_err();
    assert!(
        matches!(
            error,
            BuildError::NotEncrypted {
                setting: "base_url",
                ..
            }
        ),
        "{error}"
    );
    let origin = "http://books.internal:8080".parse().unwrap();
    unencrypted().danger_allow_http_to(origin).build().unwrap();
    for invalid in ["", "books", "https://books.example/?a=b"] {
        assert!(Client::builder().base_url(invalid).build().is_err(), "{invalid}");
    }
}

#[tokio::test]
async fn headers_are_sent_to_the_api_and_never_to_the_token_endpoint() {
    let shop = Bookstore::start();
    let (everywhere, once) = (HeaderName::from_static("x-shop"), HeaderName::from_static("x-once"));
    let client = client(&shop)
        .with_configuration(|settings| settings.header(everywhere.clone(), HeaderValue::from_static("a")))
        .unwrap();
    let call = client.books().list_books().header(once, HeaderValue::from_static("b"));
    call.send().await.unwrap();
    client.books().get_book("book-1").send().await.unwrap();
    let sent = shop.api_requests();
    let headers = |index: usize| (sent[index].header("x-shop"), sent[index].header("x-once"));
    assert_eq!((headers(0), headers(1)), ((Some("a"), Some("b")), (Some("a"), None)));
    let [request] = &shop.auth_requests()[..] else {
        panic!("expected one token request")
    };
    assert_eq!((request.header("x-shop"), request.header("x-once")), (None, None));
}

#[tokio::test]
async fn a_custom_http_client_sends_calls_and_token_requests() {
    let shop = Bookstore::start();
    let mark = (HeaderName::from_static("x-mine"), HeaderValue::from_static("yes"));
    let http_client = reqwest::Client::builder()
        .default_headers([mark].into_iter().collect())
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let client = builder(&shop)
        .client_credentials_credentials(crate::common::credentials(&shop))
        .danger_http_client(http_client)
        .build()
        .unwrap();
    client.books().list_books().send().await.unwrap();
    assert_eq!(requests(&shop), (1, 1));
    for request in [shop.auth_requests(), shop.api_requests()].concat() {
        assert_eq!(request.header("x-mine"), Some("yes"));
    }
}
