//! A custom token provider: it returns the stored token while it is valid, and otherwise renews or replaces it.
//!
//! `cargo run -p bookstore --example bookstore_token_provider` starts an emulation of the API and calls it.

use std::error::Error;
use std::sync::Arc;

use bookstore::evergrant_sdk::TokenEndpoint;
use bookstore::{BuildError, Client, ClientCredentialsCredentials, OAuthScopeClientCredentials, Token};
use emulations::Bookstore;
use tokio::sync::Mutex;

/// Represents a database.
#[derive(Clone, Default)]
struct Database(Arc<Mutex<Option<Token>>>);

impl Database {
    async fn load_token(&self) -> Option<Token> {
        self.0.lock().await.clone()
    }

    async fn save_token(&self, token: &Token) {
        *self.0.lock().await = Some(token.clone());
    }
}

fn client(emulation: &Bookstore, database: &Database) -> Result<Client, BuildError> {
    let database = database.clone();
    let credentials = ClientCredentialsCredentials::new(Bookstore::CLIENT_ID, Bookstore::CLIENT_SECRET)
        .scopes([
            OAuthScopeClientCredentials::BooksRead,
            OAuthScopeClientCredentials::OrdersRead,
        ])
        // Called when there is no token yet, and when the last one has expired or the API has rejected it.
        .token_provider(move |last: Option<Token>, endpoint: TokenEndpoint| {
            let database = database.clone();
            async move {
                let token = endpoint.use_or_renew(database.load_token().await, last).await?;
                database.save_token(&token).await;
                Ok(token)
            }
        })
        .token_url(emulation.token_url());
    Client::builder()
        .base_url(emulation.api_url())
        .client_credentials_credentials(credentials)
        .build()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (emulation, database) = (Bookstore::start(), Database::default());
    for run in ["first program", "second program"] {
        let client = client(&emulation, &database)?;
        let books = client.books().list_books().send().await?.len();
        let requests = emulation.auth_requests().len();
        println!("{run}: {books} books, {requests} token request(s) so far");
    }
    assert_eq!(
        emulation.auth_requests().len(),
        1,
        "the second program uses the stored token"
    );
    Ok(())
}
