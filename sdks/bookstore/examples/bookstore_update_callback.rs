//! An update callback: it stores each new token of the client in a file that only its owner can read.
//!
//! `cargo run -p bookstore --example bookstore_update_callback` starts an emulation of the API and calls it.

use std::error::Error;
use std::fs;
use std::sync::mpsc;

use bookstore::evergrant_sdk::TokenFile;
use bookstore::{Client, ClientCredentialsCredentials, OAuthScopeClientCredentials};
use emulations::Bookstore;

async fn list_books(emulation: &Bookstore, file: &TokenFile) -> Result<(), Box<dyn Error>> {
    let (sender, results) = mpsc::channel();
    let token_file = file.clone();
    let credentials = ClientCredentialsCredentials::new(Bookstore::CLIENT_ID, Bookstore::CLIENT_SECRET)
        .scopes([
            OAuthScopeClientCredentials::BooksRead,
            OAuthScopeClientCredentials::OrdersRead,
        ])
        .on_token_update(move |token| {
            let _ = sender.send(token_file.save(&token));
        })
        .token_url(emulation.token_url());
    let client = Client::builder()
        .base_url(emulation.api_url())
        .client_credentials_credentials(credentials)
        .build()?;

    println!("{} books", client.books().list_books().send().await?.len());

    // Calls do not wait for the callback, so this program waits for it before it ends.
    results.recv()??;
    let stored = file.load()?.ok_or("no token was stored")?;
    assert!(emulation.auth().accepts(stored.access_token().expose()));
    println!("the token is stored");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulation = Bookstore::start();
    let directory = std::env::temp_dir().join(format!("bookstore-update-callback-{}", std::process::id()));
    fs::create_dir(&directory)?;
    let result = list_books(&emulation, &TokenFile::new(directory.join("token.json"))).await;
    fs::remove_dir_all(&directory)?;
    result
}
