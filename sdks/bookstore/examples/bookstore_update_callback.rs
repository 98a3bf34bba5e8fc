//! An update callback: whenever the client has a new token, it is stored, in a file that its owner alone can read.
//!
//! `cargo run -p bookstore --example bookstore_update_callback` calls an emulation of the API, which it starts itself.

use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc;

use bookstore::{Client, ClientCredentialsCredentials, OAuthScopeClientCredentials, Token};
use emulations::Bookstore;

fn save_token(token: &Token, file: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(token.expose_json().as_bytes())
}

async fn list_books(emulation: &Bookstore, file: &Path) -> Result<(), Box<dyn Error>> {
    let (outcomes, saved) = mpsc::channel();
    let target = file.to_owned();
    let credentials = ClientCredentialsCredentials::new(Bookstore::CLIENT_ID, Bookstore::CLIENT_SECRET)
        .scopes([
            OAuthScopeClientCredentials::BooksRead,
            OAuthScopeClientCredentials::OrdersRead,
        ])
        .on_token_update(move |token| {
            let _ = outcomes.send(save_token(&token, &target));
        })
        .token_url(emulation.token_url());
    let client = Client::builder()
        .base_url(emulation.api_url())
        .client_credentials_credentials(credentials)
        .build()?;

    println!("{} books", client.books().list_books().send().await?.len());

    // Calls do not wait for the callback, so a program that is about to end does.
    saved.recv()??;
    let stored = Token::from_json(&fs::read_to_string(file)?)?;
    assert!(emulation.auth().accepts(stored.access_token().expose()));
    println!("the token is stored");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulation = Bookstore::start();
    let folder = std::env::temp_dir().join(format!("bookstore-update-callback-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let outcome = list_books(&emulation, &folder.join("token.json")).await;
    fs::remove_dir_all(&folder)?;
    outcome
}
