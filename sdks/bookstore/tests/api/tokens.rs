//! Tokens: had once, renewed when refused, and in the application's own hands.

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use bookstore::{Client, Error, Token};
use emulations::Bookstore;
use evergrant_sdk::{Exchange, evergrant};
use evergrant_testing::Answer;

use crate::common::{client, client_with, code, credentials, order, requests};

async fn list_books(client: &Client) -> Result<usize, Error> {
    let books = client.books().list_books().send().await;
    books.map(|books| books.len()).map_err(Error::untyped)
}

fn sent_token(shop: &Bookstore) -> String {
    let request = shop.api_requests().pop().unwrap();
    let header = request.header("authorization").unwrap();
    header.strip_prefix("Bearer ").unwrap().to_owned()
}

#[tokio::test]
async fn one_token_serves_many_calls_at_once() {
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
        "in the header, and nowhere else"
    );
}

#[tokio::test]
async fn a_revoked_token_is_renewed_and_the_call_sent_once_more() {
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
async fn a_body_is_sent_once_more_as_it_was() {
    let shop = Bookstore::start();
    let client = client(&shop);
    list_books(&client).await.unwrap();
    shop.auth().revoke_all();
    let placed = client.orders().place_order(&order()).send().await.unwrap();
    assert_eq!(placed.id, "order-3", "it was placed once");
    let sent = shop.api_requests();
    let [_, refused, taken] = &sent[..] else {
        panic!("{} requests", sent.len())
    };
    assert_eq!(
        (refused.status.unwrap().as_u16(), taken.status.unwrap().as_u16()),
        (401, 201)
    );
    assert!(!taken.body.is_empty());
    assert_eq!(refused.body, taken.body);
    assert_eq!(refused.header("content-type"), taken.header("content-type"));
}

#[tokio::test]
async fn many_calls_with_a_revoked_token_renew_it_once() {
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
async fn a_second_refusal_is_returned_as_it_is() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let refusal = r#"{"code":"unauthorized","message":"not today"}"#;
    shop.api().next_n(2, Answer::new(401).json(refusal));
    let outcome = client.orders().list_orders().send().await;
    assert_eq!(code(outcome), (401, "unauthorized".to_owned()));
    assert_eq!(requests(&shop), (2, 2));
    let outcome = client.orders().list_orders().send().await;
    assert_eq!(outcome.unwrap().len(), 2, "and the next call is as good as any");
}

#[tokio::test]
async fn an_authorization_server_that_is_down_is_said_so_and_the_api_is_not_called() {
    let shop = Bookstore::start();
    let client = client(&shop);
    shop.auth().next(Answer::new(503).header("retry-after", "7"));
    let error = list_books(&client).await.unwrap_err();
    let Error::OAuthProvider(refusal) = &error else {
        panic!("{error}")
    };
    assert_eq!(refusal.status(), 503);
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
async fn a_provider_is_asked_first_and_again_when_its_token_is_refused() {
    let shop = Bookstore::start();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let stored = shop.auth().issue_token(Bookstore::CLIENT_ID, &["books.read"]);
    let (log, answer) = (Arc::clone(&asked), stored.clone());
    let provider = move |last: Option<Token>, exchange: Exchange| {
        let last = last.map(|last| last.access_token().expose().to_owned());
        log.lock().unwrap().push(last.clone());
        let answer = answer.clone();
        async move {
            match last {
                None => Ok(Token::new(answer)),
                Some(_) => exchange.fetch_token().await,
            }
        }
    };
    let client = client_with(&shop, credentials(&shop).token_provider(provider));
    list_books(&client).await.unwrap();
    assert_eq!(sent_token(&shop), stored);
    assert_eq!(requests(&shop), (0, 1), "its own token, without a request");
    shop.auth().revoke_all();
    list_books(&client).await.unwrap();
    list_books(&client).await.unwrap();
    assert_eq!(*asked.lock().unwrap(), [None, Some(stored)]);
    assert_eq!(requests(&shop), (1, 4));
}

#[tokio::test]
async fn a_providers_failure_reaches_the_caller() {
    let shop = Bookstore::start();
    let failing = async |_: Option<Token>, _: Exchange| Err(evergrant::Error::provider("the database is away"));
    let client = client_with(&shop, credentials(&shop).token_provider(failing));
    let error = list_books(&client).await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(evergrant::Error::Callback(_))),
        "{error}"
    );
    assert!(error.to_string().contains("the database is away"), "{error}");
    assert_eq!(requests(&shop), (0, 0));
}

#[tokio::test]
async fn the_update_callback_is_told_of_each_new_token_and_of_no_other() {
    let shop = Bookstore::start();
    let preset = shop.auth().issue_token(Bookstore::CLIENT_ID, &Bookstore::SCOPES);
    let (told, updates) = mpsc::channel();
    let credentials = credentials(&shop)
        .token(Token::new(preset.clone()))
        .on_token_update(move |token| told.send(token.access_token().expose().to_owned()).unwrap());
    let client = client_with(&shop, credentials);
    list_books(&client).await.unwrap();
    assert_eq!(sent_token(&shop), preset);
    let mut used = Vec::new();
    for _ in 0..2 {
        shop.auth().revoke_all();
        list_books(&client).await.unwrap();
        used.push(sent_token(&shop));
    }
    drop(client);
    assert_eq!(
        updates.iter().collect::<Vec<_>>(),
        used,
        "in order, without the preset one"
    );
}

#[tokio::test]
async fn in_manual_style_the_application_fetches_and_nothing_else_does() {
    let shop = Bookstore::start();
    let client = client_with(&shop, credentials(&shop).manual());
    let error = list_books(&client).await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(evergrant::Error::NotAuthorized(_))),
        "{error}"
    );
    assert_eq!(requests(&shop), (0, 0));

    let manager = client.client_credentials_manager().unwrap();
    let token = manager.fetch_token().await.unwrap();
    let authorized = client
        .with_configuration(|settings| settings.client_credentials_token(token))
        .unwrap();
    list_books(&authorized).await.unwrap();
    assert!(
        list_books(&client).await.is_err(),
        "the client that it came from is untouched"
    );
    assert_eq!(requests(&shop), (1, 1));

    shop.auth().revoke_all();
    let outcome = authorized.orders().list_orders().send().await;
    assert_eq!(code(outcome), (401, "unauthorized".to_owned()));
    assert_eq!(requests(&shop), (1, 2), "nor is it renewed");
}

#[tokio::test]
async fn a_stored_token_is_used_until_it_expires() {
    let shop = Bookstore::start();
    let fetched = client(&shop)
        .client_credentials_manager()
        .unwrap()
        .token()
        .await
        .unwrap();
    let stored = fetched.expose_json().to_owned();
    assert_eq!(requests(&shop), (1, 0));

    let reused = Token::from_json(&stored).unwrap();
    let client = client_with(&shop, credentials(&shop).token(reused));
    list_books(&client).await.unwrap();
    assert_eq!(requests(&shop), (1, 1));

    let old = Token::from_json(r#"{"access_token":"old-not-real","token_type":"Bearer","expiry":1700000000}"#);
    let client = client_with(&shop, credentials(&shop).token(old.unwrap()));
    list_books(&client).await.unwrap();
    assert_eq!(requests(&shop), (2, 2), "one that has expired is none");
    let tokens = shop.api_requests().into_iter().filter(|request| {
        let token = request.header("authorization");
        token.is_some_and(|token| token.contains("old-not-real"))
    });
    assert_eq!(tokens.count(), 0);
}

#[tokio::test]
async fn another_configuration_shares_the_token() {
    let shop = Bookstore::start();
    let first = client(&shop);
    list_books(&first).await.unwrap();
    let second = first.with_configuration(|settings| settings.timeout(Duration::from_secs(9)));
    let second = second.unwrap();
    list_books(&second).await.unwrap();
    assert_eq!(requests(&shop), (1, 2));
    let third = second.with_configuration(|settings| settings.client_credentials_credentials(credentials(&shop)));
    list_books(&third.unwrap()).await.unwrap();
    assert_eq!(requests(&shop), (2, 3), "other credentials have a token of their own");
}
