//! An update callback: whenever the client has a new token, it is stored, in a file that its owner alone can read.
//!
//! `cargo run -p bookstore --example bookstore_update_callback` calls an emulation of the API, which it starts itself.

use std::error::Error;
use std::fs;
use std::sync::mpsc;

use bookstore::evergrant_sdk::TokenFile;
use bookstore::{Client, ClientCredentialsCredentials, OAuthScopeClientCredentials};
use emulations::Bookstore;

async fn list_books(emulation: &Bookstore, file: &TokenFile) -> Result<(), Box<dyn Error>> {
    let (outcomes, saved) = mpsc::channel();
    let target = file.clone();
    let credentials = ClientCredentialsCredentials::new(Bookstore::CLIENT_ID, Bookstore::CLIENT_SECRET)
        .scopes([
            OAuthScopeClientCredentials::BooksRead,
            OAuthScopeClientCredentials::OrdersRead,
        ])
        .on_token_update(move |token| {
            let _ = outcomes.send(target.save(&token));
        })
        .token_url(emulation.token_url());
    let client = Client::builder()
        .base_url(emulation.api_url())
        .client_credentials_credentials(credentials)
        .build()?;

    println!("{} books", client.books().list_books().send().await?.len());

    // Calls do not wait for the callback, so a program that is about to end does.
    saved.recv()??;
    let stored = file.load()?.ok_or("nothing was stored")?;
    assert!(emulation.auth().accepts(stored.access_token().expose()));
    println!("the token is stored");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulation = Bookstore::start();
    let folder = std::env::temp_dir().join(format!("bookstore-update-callback-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let outcome = list_books(&emulation, &TokenFile::new(folder.join("token.json"))).await;
    fs::remove_dir_all(&folder)?;
    outcome
}
