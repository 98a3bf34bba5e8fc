//! Nothing that is shown has a secret in it.

use bookstore::operations::books::UploadCoverForm;
use bookstore::{ApiKeyCredentials, ClientCredentialsCredentials};
use emulations::Bookstore;

use crate::common::{builder, client, credentials, keyed};

/// Looks for every secret in what is shown of a thing, in each way of showing it.
fn hides(shop: &Bookstore, shown: &[String]) {
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
        for shown in shown {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}

fn shown(thing: &impl std::fmt::Debug) -> String {
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
    hides(
        &shop,
        &[
            shown(&client),
            shown(&client.books()),
            shown(&client.orders().get_order("order-1")),
            shown(
                &client
                    .books()
                    .upload_cover("book-1", UploadCoverForm::new(b"x".to_vec())),
            ),
            shown(&settings),
            shown(&settings.build().unwrap()),
            shown(&with_token),
            shown(&ApiKeyCredentials::new(Bookstore::API_KEY)),
            shown(manager),
            shown(&token),
        ],
    );
}

#[tokio::test]
async fn answers_and_failures_show_no_secret() {
    let shop = Bookstore::start();
    let client = client(&shop);
    let books = client.books().list_books().send().await.unwrap();
    shop.auth().revoke_all();
    shop.auth().stop();
    let unreachable = client.books().list_books().send().await.unwrap_err();
    shop.auth().restart();
    let wrong = ClientCredentialsCredentials::new(Bookstore::CLIENT_ID, "wrong-secret").token_url(shop.token_url());
    let wrong = builder(&shop).client_credentials_credentials(wrong).build().unwrap();
    let refused = wrong.books().list_books().send().await.unwrap_err();
    let wrong_key = keyed(&shop, "wrong-key");
    let keyless = wrong_key.orders().stream_orders().send().await.unwrap_err();
    let stream = client.orders().stream_orders().send().await.unwrap();
    hides(
        &shop,
        &[
            shown(&books),
            shown(&stream),
            format!("{} {unreachable}", shown(&unreachable)),
            format!("{} {refused}", shown(&refused)),
            format!("{} {keyless}", shown(&keyless)),
            format!("{:?}", std::error::Error::source(&refused)),
        ],
    );
}
