//! Token providers and update callbacks: the application's part in a client that looks after itself.

use std::sync::{Arc, Mutex, mpsc};

use bookstore::{Error, Token};
use emulations::Bookstore;
use evergrant_sdk::{Exchange, evergrant};

use crate::common::{client_with, credentials, list_books, requests, sent_token};

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
