//! Creates a client with two scopes. The first call that needs a token fetches it.
//!
//! `cargo run -p bookstore --example bookstore_initialization` starts an emulation of the API and calls it.

use std::error::Error;

use bookstore::{Client, ClientCredentialsCredentials, OAuthScopeClientCredentials};
use emulations::Bookstore;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulation = Bookstore::start();

    let credentials = ClientCredentialsCredentials::new(Bookstore::CLIENT_ID, Bookstore::CLIENT_SECRET)
        .scopes([
            OAuthScopeClientCredentials::BooksRead,
            OAuthScopeClientCredentials::OrdersRead,
        ])
        .token_url(emulation.token_url());
    let client = Client::builder()
        .base_url(emulation.api_url())
        .client_credentials_credentials(credentials)
        .build()?;
    assert!(
        emulation.auth_requests().is_empty(),
        "building a client sends no request"
    );

    let books = client.books().list_books().send().await?;
    let orders = client.orders().list_orders().send().await?;
    println!("{} books, {} orders", books.len(), orders.len());

    let [request] = &emulation.auth_requests()[..] else {
        return Err("both calls should share one token".into());
    };
    println!(
        "both calls shared one token with the scopes {}",
        request.form_value("scope").unwrap_or_default()
    );
    Ok(())
}
