//! Credentials that are missing, and credentials that are wrong.

use bookstore::operations::books::UploadCoverForm;
use bookstore::{ApiKeyCredentials, Client, ClientCredentialsCredentials, Error};
use emulations::Bookstore;
use evergrant_sdk::evergrant;

use crate::common::{builder, client_with, code, fantasy, keyed, order, requests};

/// Calls every operation that needs a token.
async fn with_token(client: &Client) -> [Error; 4] {
    let (books, orders) = (client.books(), client.orders());
    [
        books.list_books().send().await.unwrap_err().untyped(),
        orders.list_orders().send().await.unwrap_err().untyped(),
        orders.place_order(&order()).send().await.unwrap_err().untyped(),
        orders.get_order("order-1").send().await.unwrap_err().untyped(),
    ]
}

/// Calls every operation that needs the key.
async fn with_key(client: &Client) -> [Error<bookstore::models::Problem>; 3] {
    let form = UploadCoverForm::new(b"x".to_vec());
    [
        client.books().add_book(&fantasy().into()).send().await.unwrap_err(),
        client.books().upload_cover("book-1", form).send().await.unwrap_err(),
        client.orders().stream_orders().send().await.unwrap_err(),
    ]
}

fn names<E>(error: &Error<E>, scheme: &str) {
    let Error::Authorization(evergrant::Error::RequirementNotMet(unmet)) = error else {
        panic!("{error}")
    };
    let [alternative] = unmet.alternatives() else {
        panic!("{unmet}")
    };
    assert_eq!(alternative.missing(), [scheme]);
    assert!(error.to_string().contains(&format!("`{scheme}`")), "{error}");
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn without_credentials_nothing_is_sent_and_the_scheme_is_named() {
    let shop = Bookstore::start();
    let client = builder(&shop).build().unwrap();
    for error in with_token(&client).await {
        names(&error, "clientCredentials");
    }
    for error in with_key(&client).await {
        names(&error, "apiKey");
    }
    assert!(client.client_credentials_manager().is_none());
    assert_eq!(requests(&shop), (0, 0));
}

#[tokio::test]
async fn one_scheme_does_not_stand_in_for_the_other() {
    let shop = Bookstore::start();
    for error in with_token(&keyed(&shop, Bookstore::API_KEY)).await {
        names(&error, "clientCredentials");
    }
    let token_alone = builder(&shop).client_credentials_credentials(crate::common::credentials(&shop));
    for error in with_key(&token_alone.build().unwrap()).await {
        names(&error, "apiKey");
    }
    assert_eq!(requests(&shop), (0, 0));
}

#[tokio::test]
async fn a_wrong_secret_is_the_authorization_servers_refusal_and_the_api_hears_of_nothing() {
    let shop = Bookstore::start();
    let wrong = ClientCredentialsCredentials::new(Bookstore::CLIENT_ID, "wrong-secret").token_url(shop.token_url());
    for error in with_token(&client_with(&shop, wrong)).await {
        let Error::OAuthProvider(refusal) = &error else {
            panic!("{error}")
        };
        assert_eq!(
            (refusal.code(), refusal.status().as_u16()),
            (Some("invalid_client"), 401)
        );
        assert!(!error.is_retryable() && !error.to_string().contains("wrong-secret"));
    }
    assert_eq!(requests(&shop), (1, 0), "remembered, and not asked for with every call");

    let unknown = ClientCredentialsCredentials::new("nobody", "wrong-secret").token_url(shop.token_url());
    for error in with_token(&client_with(&shop, unknown)).await {
        assert!(matches!(error, Error::OAuthProvider(_)), "{error}");
    }
    assert_eq!(requests(&shop), (2, 0));
}

#[tokio::test]
async fn a_wrong_key_is_the_apis_refusal() {
    let shop = Bookstore::start();
    for error in with_key(&keyed(&shop, "not-a-real-key-either")).await {
        assert_eq!(code::<()>(Err(error)), (401, "unauthorized".to_owned()));
    }
    assert_eq!(requests(&shop), (0, 3));
}

#[tokio::test]
async fn a_key_that_no_header_can_carry_is_an_error_of_the_build() {
    let shop = Bookstore::start();
    let broken = builder(&shop).api_key_credentials(ApiKeyCredentials::new("not-a-real\r\nkey"));
    let error = broken.build().unwrap_err().to_string();
    assert!(error.contains("apiKey") && !error.contains("not-a-real"), "{error}");
}
