//! Missing and wrong credentials.

use bookstore::operations::books::UploadCoverForm;
use bookstore::{ApiKeyCredentials, Client, ClientCredentialsCredentials, Error};
use emulations::Bookstore;
use evergrant_sdk::evergrant;

use crate::common::{builder, client_with, client_with_key, code, fantasy, order, requests};

/// Calls every operation that needs a token and returns the errors.
async fn token_errors(client: &Client) -> [Error; 4] {
    let (books, orders) = (client.books(), client.orders());
    [
        books.list_books().send().await.unwrap_err().untyped(),
        orders.list_orders().send().await.unwrap_err().untyped(),
        orders.place_order(&order()).send().await.unwrap_err().untyped(),
        orders.get_order("order-1").send().await.unwrap_err().untyped(),
    ]
}

/// Calls every operation that needs the API key and returns the errors.
async fn key_errors(client: &Client) -> [Error<bookstore::models::Problem>; 3] {
    let form = UploadCoverForm::new(b"x".to_vec());
    [
        client.books().add_book(&fantasy().into()).send().await.unwrap_err(),
        client.books().upload_cover("book-1", form).send().await.unwrap_err(),
        client.orders().stream_orders().send().await.unwrap_err(),
    ]
}

fn assert_missing_scheme<E>(error: &Error<E>, scheme: &str) {
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
async fn without_credentials_nothing_is_sent_and_the_error_names_the_scheme() {
    let shop = Bookstore::start();
    let client = builder(&shop).build().unwrap();
    for error in token_errors(&client).await {
        assert_missing_scheme(&error, "clientCredentials");
    }
    for error in key_errors(&client).await {
        assert_missing_scheme(&error, "apiKey");
    }
    assert!(client.client_credentials_manager().is_none());
    assert_eq!(requests(&shop), (0, 0));
}

#[tokio::test]
async fn one_scheme_does_not_replace_another() {
    let shop = Bookstore::start();
    for error in token_errors(&client_with_key(&shop, Bookstore::API_KEY)).await {
        assert_missing_scheme(&error, "clientCredentials");
    }
    let token_alone = builder(&shop).client_credentials_credentials(crate::common::credentials(&shop));
    for error in key_errors(&token_alone.build().unwrap()).await {
        assert_missing_scheme(&error, "apiKey");
    }
    assert_eq!(requests(&shop), (0, 0));
}

#[tokio::test]
async fn a_wrong_secret_is_an_oauth_error_and_the_api_is_not_called() {
    let shop = Bookstore::start();
    let wrong = ClientCredentialsCredentials::new(Bookstore::CLIENT_ID, "wrong-secret").token_url(shop.token_url());
    for error in token_errors(&client_with(&shop, wrong)).await {
        let Error::OAuthProvider(rejection) = &error else {
            panic!("{error}")
        };
        assert_eq!(
            (rejection.code(), rejection.status().as_u16()),
            (Some("invalid_client"), 401)
        );
        assert!(!error.is_retryable() && !error.to_string().contains("wrong-secret"));
    }
    assert_eq!(
        requests(&shop),
        (1, 0),
        "the failure is cached and not repeated with each call"
    );

    let unknown = ClientCredentialsCredentials::new("nobody", "wrong-secret").token_url(shop.token_url());
    for error in token_errors(&client_with(&shop, unknown)).await {
        assert!(matches!(error, Error::OAuthProvider(_)), "{error}");
    }
    assert_eq!(requests(&shop), (2, 0));
}

#[tokio::test]
async fn a_wrong_key_is_an_api_error() {
    let shop = Bookstore::start();
    for error in key_errors(&client_with_key(&shop, "not-a-real-key-either")).await {
        assert_eq!(code::<()>(Err(error)), (401, "unauthorized".to_owned()));
    }
    assert_eq!(requests(&shop), (0, 3));
}

#[tokio::test]
async fn a_key_that_is_not_a_header_value_is_a_build_error() {
    let shop = Bookstore::start();
    let broken = builder(&shop).api_key_credentials(ApiKeyCredentials::new("not-a-real\r\nkey"));
    let error = broken.build().unwrap_err().to_string();
    assert!(error.contains("apiKey") && !error.contains("not-a-real"), "{error}");
}
