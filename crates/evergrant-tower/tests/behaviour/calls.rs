//! One call: its credentials, and the errors that keep it from being sent.

use std::error::Error as _;
use std::io;

use evergrant::error::CallbackKind;
use evergrant::scheme::ApiKey;
use evergrant::{ClientCredentials, Error as AuthError};
use evergrant_reqwest::Transport;
use evergrant_testing::{Answer, ApiServer};
use evergrant_tower::{Authorize, Error, Unauthenticated};
use http::Request;

use crate::shop::{Http, SECRET, Shared, Shop, client_with, get, send, text};

#[tokio::test]
async fn a_call_carries_a_token_and_the_next_ones_need_no_further_token_request() {
    let shop = Shop::open();
    for _ in 0..3 {
        let answer = shop.get("/v1/books").await.unwrap();
        assert!(answer.body().starts_with(b"[{"), "{answer:?}");
    }
    assert_eq!(shop.api.requests()[0].path, "/v1/books");
    assert_eq!((shop.api.requests().len(), shop.auth.token_requests()), (3, 1));
}

#[tokio::test]
async fn all_services_of_one_layer_share_its_tokens() {
    let shop = Shop::open();
    let other = shop.client.clone();
    get(&other, &shop.api.url("/books")).await.unwrap();
    shop.get("/books").await.unwrap();
    assert_eq!(shop.auth.token_requests(), 1);
}

#[tokio::test]
async fn a_request_with_an_authorization_header_of_its_own_is_refused_with_the_remedy() {
    let shop = Shop::open();
    let own = || Request::get(shop.api.url("/books")).header("authorization", "Bearer own");
    let error = send(&shop.client, own().body(text("")).unwrap()).await.unwrap_err();
    assert!(
        matches!(error, Error::Request(_)) && error.to_string().contains("`Unauthenticated`"),
        "{error}"
    );
    assert!(shop.api.requests().is_empty() && !error.is_retryable());

    let own = own().extension(Unauthenticated).body(text("")).unwrap();
    assert_eq!(send(&shop.client, own).await.unwrap().status(), 401);
    assert_eq!(shop.api.requests()[0].header("authorization"), Some("Bearer own"));
}

#[tokio::test]
async fn an_unauthenticated_call_may_go_anywhere_without_credentials_and_is_not_replayed() {
    let shop = Shop::open();
    let elsewhere = ApiServer::open();
    for api in [&elsewhere, &shop.api] {
        let request = Request::post(api.url("/echo")).extension(Unauthenticated);
        let answer = send(&shop.client, request.body(text("hello")).unwrap()).await.unwrap();
        let requests = api.requests();
        assert_eq!(requests.len(), 1, "{answer:?}");
        assert!(requests[0].header("authorization").is_none() && requests[0].body == "hello");
    }
    assert_eq!(shop.auth.token_requests(), 0);
}

#[tokio::test]
async fn a_redirect_is_returned_as_it_is() {
    let shop = Shop::open();
    let elsewhere = ApiServer::open();
    for status in ["301", "302", "303", "307", "308"] {
        let to = elsewhere.url("/landed");
        let answer = shop.get(&format!("/redirect?status={status}&to={to}")).await.unwrap();
        assert_eq!(answer.status().as_str(), status);
        assert_eq!(answer.headers()["location"], to);
    }
    assert!(elsewhere.requests().is_empty() && shop.api.requests().len() == 5);
}

#[tokio::test]
async fn a_key_goes_into_the_query() {
    let api = ApiServer::open();
    let key = ApiKey::in_query("key", "api_key").unwrap();
    let client = client_with(key.with_key("not-a-real-key").unwrap(), &api);
    for url in [api.url("/books?page=2"), "/books?page=2".to_owned()] {
        get(&client, &url).await.unwrap();
    }
    for request in api.requests() {
        assert_eq!(request.query_value("api_key").as_deref(), Some("not-a-real-key"));
        assert_eq!(request.query_value("page").as_deref(), Some("2"));
    }
}

#[tokio::test]
async fn a_refusal_of_the_authorization_server_is_a_typed_error_and_nothing_is_sent() {
    let shop = Shop::open();
    shop.auth.next(Answer::new(400).json(r#"{"error":"invalid_client"}"#));
    let error = shop.get("/books").await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(AuthError::OAuthProvider(_))) && !error.is_retryable(),
        "{error}"
    );
    assert!(shop.api.requests().is_empty());
}

#[tokio::test]
async fn an_unreachable_authorization_server_is_worth_another_try() {
    let shop = Shop::open();
    shop.auth.stop();
    let error = shop.get("/books").await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(AuthError::Unreachable(_))),
        "{error}"
    );
    assert!(error.is_retryable());
}

#[tokio::test]
async fn an_error_of_the_inner_service_keeps_its_type() {
    let shop = Shop::open();
    shop.tokens.token().await.unwrap();
    shop.api.next(evergrant_testing::Fault::Disconnect);
    let error = shop.get("/books").await.unwrap_err();
    assert!(error.is_retryable());
    let Error::Inner { source: inner, .. } = &error else {
        panic!("{error}")
    };
    assert!(inner.is::<hyper_util::client::legacy::Error>());
    assert!(error.source().unwrap().is::<hyper_util::client::legacy::Error>());
}

#[tokio::test]
async fn a_providers_error_reaches_the_caller_with_its_source() {
    let shop = Shop::open();
    let tokens = ClientCredentials::new("shop", SECRET)
        .token_url(shop.auth.token_url())
        .token_provider(async |_, _| Err(AuthError::provider(io::Error::other("the vault is sealed"))))
        .build(Transport::default())
        .unwrap();
    let client = client_with(tokens, &shop.api);
    let error = get(&client, &shop.api.url("/books")).await.unwrap_err();
    let Error::Authorization(AuthError::Callback(callback)) = &error else {
        panic!("{error}")
    };
    assert_eq!(callback.kind(), CallbackKind::TokenProvider);
    let cause = error.source().and_then(|source| source.source()).unwrap();
    assert!(cause.is::<io::Error>() && error.to_string().contains("the vault is sealed"));
}

#[tokio::test]
async fn a_provider_that_calls_through_the_same_service_gets_an_error_and_never_a_deadlock() {
    let shop = Shop::open();
    let own: Shared<Option<Authorize<Http>>> = Shared::default();
    let url = shop.api.url("/books");
    let tokens = ClientCredentials::new("shop", SECRET)
        .token_url(shop.auth.token_url())
        .token_provider({
            let (own, url) = (own.clone(), url.clone());
            move |_, _| {
                let client = own.with(|own| own.clone()).unwrap();
                let url = url.clone();
                async move {
                    match get(&client, &url).await {
                        Err(Error::Authorization(error)) => Err(error),
                        other => panic!("{other:?}"),
                    }
                }
            }
        })
        .build(Transport::default())
        .unwrap();
    let client = client_with(tokens, &shop.api);
    own.with(|own| *own = Some(client.clone()));
    let error = get(&client, &url).await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(AuthError::ProviderCycle(_))),
        "{error}"
    );
    own.with(Option::take);
}
