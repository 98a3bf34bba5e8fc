//! Token providers and update callbacks.

use std::sync::{Arc, Mutex, mpsc};

use bookstore::{Error, Token};
use emulations::Bookstore;
use evergrant_sdk::{TokenEndpoint, evergrant};

use crate::common::{client_with, credentials, list_books, requests, sent_token};

#[tokio::test]
async fn the_provider_is_called_first_and_again_after_a_rejection() {
    let shop = Bookstore::start();
    let calls = Arc::new(Mutex::new(Vec::new()));
    let stored = shop.auth().issue_token(Bookstore::CLIENT_ID, &["books.read"]);
    let (log, token) = (Arc::clone(&calls), stored.clone());
    let provider = move |last: Option<Token>, endpoint: TokenEndpoint| {
        let last = last.map(|last| last.access_token().expose().to_owned());
        log.lock().unwrap().push(last.clone());
        let token = token.clone();
        async move {
            match last {
                None => Ok(Token::new(token)),
                Some(_) => endpoint.fetch_token().await,
            }
        }
    };
    let client = client_with(&shop, credentials(&shop).token_provider(provider));
    list_books(&client).await.unwrap();
    assert_eq!(sent_token(&shop), stored);
    assert_eq!(
        requests(&shop),
        (0, 1),
        "the token of the provider is used without a request"
    );
    shop.auth().revoke_all();
    list_books(&client).await.unwrap();
    list_books(&client).await.unwrap();
    assert_eq!(*calls.lock().unwrap(), [None, Some(stored)]);
    assert_eq!(requests(&shop), (1, 4));
}

#[tokio::test]
async fn an_error_of_the_provider_reaches_the_caller() {
    let shop = Bookstore::start();
    let failing =
        async |_: Option<Token>, _: TokenEndpoint| Err(evergrant::Error::provider("the database is unavailable"));
    let client = client_with(&shop, credentials(&shop).token_provider(failing));
    let error = list_books(&client).await.unwrap_err();
    assert!(
        matches!(error, Error::Authorization(evergrant::Error::Callback(_))),
        "{error}"
    );
    assert!(error.to_string().contains("the database is unavailable"), "{error}");
    assert_eq!(requests(&shop), (0, 0));
}

#[tokio::test]
async fn the_update_callback_receives_each_new_token_and_no_other() {
    let shop = Bookstore::start();
    let preset = shop.auth().issue_token(Bookstore::CLIENT_ID, &Bookstore::SCOPES);
    let (sender, updates) = mpsc::channel();
    let credentials = credentials(&shop)
        .token(Token::new(preset.clone()))
        .on_token_update(move |token| sender.send(token.access_token().expose().to_owned()).unwrap());
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
        "in order, without the token that was set"
    );
}
