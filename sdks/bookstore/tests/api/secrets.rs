//! Debug output and error messages contain no secret.

use bookstore::operations::books::UploadCoverForm;
use bookstore::{ApiKeyCredentials, ClientCredentialsCredentials};
use emulations::Bookstore;

use crate::common::{builder, client, client_with_key, credentials};

/// Asserts that no secret is in any of the texts.
fn assert_no_secret(shop: &Bookstore, texts: &[String]) {
    let tokens = shop.api_requests();
    let tokens = tokens.iter().filter_map(|request| request.header("authorization"));
    let secrets = tokens.map(|token| token.trim_start_matches("Bearer "));
    let known = [
        Bookstore::CLIENT_SECRET,
        Bookstore::API_KEY,
        "wrong-secret",
        "wrong-key",
    ];
    for secret in secrets.chain(known) {
        for text in texts {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

fn debug_texts(thing: &impl std::fmt::Debug) -> String {
    format!("{thing:?} {thing:#?}")
}

#[tokio::test]
async fn clients_and_credentials_show_no_secret() {
    let shop = Bookstore::start();
    let client = client(&shop);
    client.books().list_books().send().await.unwrap();
    let manager = client.client_credentials_manager().unwrap();
    let token = manager.token().await.unwrap();
    let with_token = credentials(&shop).token(token.clone());
    let settings = builder(&shop)
        .client_credentials_credentials(with_token.clone())
        .client_credentials_token(token.clone())
        .api_key_credentials(ApiKeyCredentials::new(Bookstore::API_KEY));
    assert_no_secret(
        &shop,
        &[
            debug_texts(&client),
            debug_texts(&client.books()),
            debug_texts(&client.orders().get_order("order-1")),
            debug_texts(
                &client
                    .books()
                    .upload_cover("book-1", UploadCoverForm::new(b"x".to_vec())),
            ),
            debug_texts(&settings),
            debug_texts(&settings.build().unwrap()),
            debug_texts(&with_token),
            debug_texts(&ApiKeyCredentials::new(Bookstore::API_KEY)),
            debug_texts(manager),
            debug_texts(&token),
        ],
    );
}

#[tokio::test]
async fn responses_and_errors_show_no_secret() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let books = client.books().list_books().send().await.unwrap();
    shop.auth().revoke_all();
    shop.auth().stop();
    let unreachable = client.books().list_books().send().await.unwrap_err();
    shop.auth().restart();
    let wrong = ClientCredentialsCredentials::new(Bookstore::CLIENT_ID, "wrong-secret").token_url(shop.token_url());
    let wrong = builder(&shop).client_credentials_credentials(wrong).build().unwrap();
    let rejected = wrong.books().list_books().send().await.unwrap_err();
    let wrong_key = client_with_key(&shop, "wrong-key");
    let key_error = wrong_key.orders().stream_orders().send().await.unwrap_err();
    let stream = client.orders().stream_orders().send().await.unwrap();
    assert_no_secret(
        &shop,
        &[
            debug_texts(&books),
            debug_texts(&stream),
            format!("{} {unreachable}", debug_texts(&unreachable)),
            format!("{} {rejected}", debug_texts(&rejected)),
            format!("{} {key_error}", debug_texts(&key_error)),
            format!("{:?}", std::error::Error::source(&rejected)),
        ],
    );
}
