//! Tokens: shared by all calls, and replaced after a rejection.

use std::time::Duration;

use bookstore::Error;
use emulations::Bookstore;
use evergrant_sdk::evergrant;
use evergrant_testing::MockResponse;

use crate::common::{client, code, credentials, list_books, order, requests, sent_token};

#[tokio::test]
async fn concurrent_calls_share_one_token() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { list_books(&client).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), 3);
    }
    assert_eq!(requests(&shop), (1, 50));
    let [request] = &shop.auth_requests()[..] else {
        unreachable!()
    };
    assert_eq!(request.form_value("grant_type").as_deref(), Some("client_credentials"));
    assert!(request.header("authorization").unwrap().starts_with("Basic "));
    assert_eq!(
        request.form_value("client_secret"),
        None,
        "the secret is only in the header"
    );
}

#[tokio::test]
async fn a_revoked_token_is_replaced_and_the_call_is_replayed() {
    let shop = Bookstore::start();
    let client = client(&shop);
    list_books(&client).await.unwrap();
    let first = sent_token(&shop);
    shop.auth().revoke_all();
    list_books(&client).await.unwrap();
    assert_ne!(sent_token(&shop), first);
    assert_eq!(requests(&shop), (2, 3));
}

#[tokio::test]
async fn a_replay_sends_the_same_body() {
    let shop = Bookstore::start();
    let client = client(&shop);
    list_books(&client).await.unwrap();
    shop.auth().revoke_all();
    let placed = client.orders().place_order(&order()).send().await.unwrap();
    assert_eq!(placed.id, "order-3", "one order is placed");
    let sent = shop.api_requests();
    let [_, rejected, accepted] = &sent[..] else {
        panic!("{} requests", sent.len())
    };
    assert_eq!(
        (rejected.status.unwrap().as_u16(), accepted.status.unwrap().as_u16()),
        (401, 201)
    );
    assert!(!accepted.body.is_empty());
    assert_eq!(rejected.body, accepted.body);
    assert_eq!(rejected.header("content-type"), accepted.header("content-type"));
}

#[tokio::test]
async fn concurrent_calls_with_a_revoked_token_fetch_one_new_token() {
    let shop = Bookstore::start();
    let client = client(&shop);
    list_books(&client).await.unwrap();
    shop.auth().revoke_all();
    let calls = (0..20).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { list_books(&client).await })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    assert_eq!(shop.auth_requests().len(), 2);
}

#[tokio::test]
async fn a_second_rejection_is_returned() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let rejection = r#"{"code":"unauthorized","message":"not today"}"#;
    shop.api().next_n(2, MockResponse::new(401).json(rejection));
    let outcome = client.orders().list_orders().send().await;
    assert_eq!(code(outcome), (401, "unauthorized".to_owned()));
    assert_eq!(requests(&shop), (2, 2));
    let outcome = client.orders().list_orders().send().await;
    assert_eq!(outcome.unwrap().len(), 2, "the next call succeeds");
}

#[tokio::test]
async fn when_the_authorization_server_is_down_the_api_is_not_called() {
    let shop = Bookstore::start();
    let client = client(&shop);
    shop.auth().next(MockResponse::new(503).header("retry-after", "7"));
    let error = list_books(&client).await.unwrap_err();
    let Error::OAuthProvider(failure) = &error else {
        panic!("{error}")
    };
    assert_eq!(failure.status(), 503);
    assert!(error.is_retryable());
    assert!(error.retry_after().is_some_and(|wait| wait <= Duration::from_secs(7)));
    assert_eq!(requests(&shop), (1, 0));

    let shop = Bookstore::start();
    let client = crate::common::client(&shop);
    shop.auth().stop();
    let error = list_books(&client).await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(evergrant::Error::Unreachable(_))),
        "{error}"
    );
    assert!(error.is_retryable() && shop.api_requests().is_empty());
}

#[tokio::test]
async fn a_client_with_other_settings_shares_the_token() {
    let shop = Bookstore::start();
    let first = client(&shop);
    list_books(&first).await.unwrap();
    let second = first.with_configuration(|settings| settings.timeout(Duration::from_secs(9)));
    let second = second.unwrap();
    list_books(&second).await.unwrap();
    assert_eq!(requests(&shop), (1, 2));
    let third = second.with_configuration(|settings| settings.client_credentials_credentials(credentials(&shop)));
    list_books(&third.unwrap()).await.unwrap();
    assert_eq!(requests(&shop), (2, 3), "other credentials have their own token");
}
