//! Manual mode: the application fetches and stores tokens.

use bookstore::{Error, Token};
use emulations::Bookstore;
use evergrant_sdk::evergrant;

use crate::common::{client, client_with, code, credentials, list_books, requests};

#[tokio::test]
async fn in_manual_mode_only_the_application_fetches_tokens() {
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
        "the original client does not change"
    );
    assert_eq!(requests(&shop), (1, 1));

    shop.auth().revoke_all();
    let outcome = authorized.orders().list_orders().send().await;
    assert_eq!(code(outcome), (401, "unauthorized".to_owned()));
    assert_eq!(requests(&shop), (1, 2), "the token is not renewed");
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

    let token = Token::from_json(&stored).unwrap();
    let client = client_with(&shop, credentials(&shop).token(token));
    list_books(&client).await.unwrap();
    assert_eq!(requests(&shop), (1, 1));

    let expired = Token::from_json(r#"{"access_token":"expired-not-real","token_type":"Bearer","expiry":1700000000}"#);
    let client = client_with(&shop, credentials(&shop).token(expired.unwrap()));
    list_books(&client).await.unwrap();
    assert_eq!(requests(&shop), (2, 2), "an expired token is not used");
    let tokens = shop.api_requests().into_iter().filter(|request| {
        let token = request.header("authorization");
        token.is_some_and(|token| token.contains("expired-not-real"))
    });
    assert_eq!(tokens.count(), 0);
}
