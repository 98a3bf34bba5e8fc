//! A single call: its credentials, and the errors that prevent it.

use std::error::Error as _;
use std::io;

use evergrant::error::CallbackKind;
use evergrant::scheme::ApiKey;
use evergrant::{ClientCredentials, Error as AuthError};
use evergrant_reqwest::Transport;
use evergrant_testing::{ApiServer, MockResponse};
use evergrant_tower::{Authorize, Error, Unauthenticated};
use http::Request;

use crate::fixture::{Fixture, Http, SECRET, Shared, client_with, get, send, text};

#[tokio::test]
async fn calls_share_one_token() {
    let fixture = Fixture::new();
    for _ in 0..3 {
        let response = fixture.get("/v1/books").await.unwrap();
        assert!(response.body().starts_with(b"[{"), "{response:?}");
    }
    assert_eq!(fixture.api.requests()[0].path, "/v1/books");
    assert_eq!((fixture.api.requests().len(), fixture.auth.token_requests()), (3, 1));
}

#[tokio::test]
async fn services_of_one_layer_share_a_token() {
    let fixture = Fixture::new();
    let other = fixture.client.clone();
    get(&other, &fixture.api.url("/books")).await.unwrap();
    fixture.get("/books").await.unwrap();
    assert_eq!(fixture.auth.token_requests(), 1);
}

#[tokio::test]
async fn a_caller_provided_authorization_header_is_an_error() {
    let fixture = Fixture::new();
    let custom = || Request::get(fixture.api.url("/books")).header("authorization", "Bearer custom");
    let error = send(&fixture.client, custom().body(text("")).unwrap())
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Request(_)) && error.to_string().contains("`Unauthenticated`"),
        "{error}"
    );
    assert!(fixture.api.requests().is_empty() && !error.is_retryable());

    let custom = custom().extension(Unauthenticated).body(text("")).unwrap();
    assert_eq!(send(&fixture.client, custom).await.unwrap().status(), 401);
    assert_eq!(fixture.api.requests()[0].header("authorization"), Some("Bearer custom"));
}

#[tokio::test]
async fn an_unauthenticated_call_may_go_to_any_origin_and_is_not_replayed() {
    let fixture = Fixture::new();
    let elsewhere = ApiServer::unprotected();
    for api in [&elsewhere, &fixture.api] {
        let request = Request::post(api.url("/echo")).extension(Unauthenticated);
        let response = send(&fixture.client, request.body(text("hello")).unwrap())
            .await
            .unwrap();
        let requests = api.requests();
        assert_eq!(requests.len(), 1, "{response:?}");
        assert!(requests[0].header("authorization").is_none() && requests[0].body == "hello");
    }
    assert_eq!(fixture.auth.token_requests(), 0);
}

#[tokio::test]
async fn a_redirect_is_returned() {
    let fixture = Fixture::new();
    let elsewhere = ApiServer::unprotected();
    for status in ["301", "302", "303", "307", "308"] {
        let to = elsewhere.url("/landed");
        let response = fixture
            .get(&format!("/redirect?status={status}&to={to}"))
            .await
            .unwrap();
        assert_eq!(response.status().as_str(), status);
        assert_eq!(response.headers()["location"], to);
    }
    assert!(elsewhere.requests().is_empty() && fixture.api.requests().len() == 5);
}

#[tokio::test]
async fn a_key_is_added_to_the_query() {
    let api = ApiServer::unprotected();
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
async fn an_authorization_server_rejection_is_a_typed_error() {
    let fixture = Fixture::new();
    fixture
        .auth
        .next(MockResponse::new(400).json(r#"{"error":"invalid_client"}"#));
    let error = fixture.get("/books").await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(AuthError::OAuthProvider(_))) && !error.is_retryable(),
        "{error}"
    );
    assert!(fixture.api.requests().is_empty());
}

#[tokio::test]
async fn an_unreachable_authorization_server_is_retryable() {
    let fixture = Fixture::new();
    fixture.auth.stop();
    let error = fixture.get("/books").await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(AuthError::Unreachable(_))),
        "{error}"
    );
    assert!(error.is_retryable());
}

#[tokio::test]
async fn an_error_of_the_inner_service_keeps_its_type() {
    let fixture = Fixture::new();
    fixture.tokens.token().await.unwrap();
    fixture.api.next(evergrant_testing::Fault::Disconnect);
    let error = fixture.get("/books").await.unwrap_err();
    assert!(error.is_retryable());
    let Error::Inner { source: inner, .. } = &error else {
        panic!("{error}")
    };
    assert!(inner.is::<hyper_util::client::legacy::Error>());
    assert!(error.source().unwrap().is::<hyper_util::client::legacy::Error>());
}

#[tokio::test]
async fn a_provider_error_keeps_its_source() {
    let fixture = Fixture::new();
    let tokens = ClientCredentials::builder("shop", SECRET)
        .token_url(fixture.auth.token_url())
        .token_provider(async |_, _| Err(AuthError::provider(io::Error::other("the vault is sealed"))))
        .build(Transport::default())
        .unwrap();
    let client = client_with(tokens, &fixture.api);
    let error = get(&client, &fixture.api.url("/books")).await.unwrap_err();
    let Error::Authorization(AuthError::Callback(callback)) = &error else {
        panic!("{error}")
    };
    assert_eq!(callback.kind(), CallbackKind::TokenProvider);
    let cause = error.source().and_then(|source| source.source()).unwrap();
    assert!(cause.is::<io::Error>() && error.to_string().contains("the vault is sealed"));
}

#[tokio::test]
async fn a_recursive_token_provider_fails_instead_of_deadlocking() {
    let fixture = Fixture::new();
    let client_slot: Shared<Option<Authorize<Http>>> = Shared::default();
    let url = fixture.api.url("/books");
    let tokens = ClientCredentials::builder("shop", SECRET)
        .token_url(fixture.auth.token_url())
        .token_provider({
            let (slot, url) = (client_slot.clone(), url.clone());
            move |_, _| {
                let client = slot.with(|slot| slot.clone()).unwrap();
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
    let client = client_with(tokens, &fixture.api);
    client_slot.with(|slot| *slot = Some(client.clone()));
    let error = get(&client, &url).await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(AuthError::ProviderCycle(_))),
        "{error}"
    );
    client_slot.with(Option::take);
}
