//! An update callback: it stores each new token of the client.
//!
//! `cargo run -p multiauth --example multiauth_automatic_updates` starts an emulation of the API, calls it, and
//! revokes the first token, which makes the client fetch a second one.

use std::sync::mpsc;
use std::time::Duration;

use emulations::Multiauth;
use multiauth::{Client, OAuthCcgCredentials, Token};

/// Saves a token in a database, here the sending half of a channel.
fn save_token_to_database(token: &Token, database: &mpsc::Sender<String>) {
    let _ = database.send(token.expose_json());
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let api = Multiauth::start();
    let (database, saved) = mpsc::channel();

    let credentials = OAuthCcgCredentials::new(Multiauth::CCG_CLIENT_ID, Multiauth::CCG_CLIENT_SECRET)
        .on_token_update(move |token| save_token_to_database(&token, &database));
    let client = Client::builder()
        .oauth_ccg_credentials(credentials)
        .base_url(api.api_url())
        .auth_server_url(api.auth_url())
        .build()?;

    client.oauth_authorization().get_status().send().await?;
    api.auth().revoke_all();
    client.oauth_authorization().get_status().send().await?;

    // Calls do not wait for the callback, so this program waits for it before it ends.
    let first = Token::from_json(&saved.recv_timeout(Duration::from_secs(10))?)?;
    let second = Token::from_json(&saved.recv_timeout(Duration::from_secs(10))?)?;
    println!("saved {first:?}");
    println!("saved {second:?}");
    assert!(
        !api.auth().accepts(first.access_token().expose()),
        "the first token is revoked"
    );
    assert!(
        api.auth().accepts(second.access_token().expose()),
        "the second token is in use"
    );
    Ok(())
}
