//! Gives the client its tokens: the stored one while it is valid, and one from the authorization server otherwise.
//!
//! `cargo run -p multiauth --example multiauth_automatic_provider` calls an emulation of the API that it starts itself, with a
//! token in the database that is revoked on the way.

use emulations::Multiauth;
use evergrant_sdk::Exchange;
use multiauth::{Client, OAuthCcgCredentials, Token};
use tokio::sync::Mutex;

/// Stands for a database.
static DATABASE: Mutex<Option<Token>> = Mutex::const_new(None);

async fn load_token_from_database() -> Option<Token> {
    DATABASE.lock().await.clone()
}

async fn save_token_to_database(token: &Token) {
    *DATABASE.lock().await = Some(token.clone());
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let api = Multiauth::start();
    let stored = api.auth().issue_token(Multiauth::CCG_CLIENT_ID, &[]);
    save_token_to_database(&Token::new(stored)).await;

    // Asked when there is no token, or when `last` has expired or was refused by the API.
    let credentials = OAuthCcgCredentials::new(Multiauth::CCG_CLIENT_ID, Multiauth::CCG_CLIENT_SECRET).token_provider(
        async |last: Option<Token>, exchange: Exchange| {
            let token = exchange.use_or_renew(load_token_from_database().await, last).await?;
            save_token_to_database(&token).await;
            Ok(token)
        },
    );
    let client = Client::builder()
        .oauth_ccg_credentials(credentials)
        .base_url(api.api_url())
        .auth_server_url(api.auth_url())
        .build()?;

    for expected in [0, 1] {
        let answer = client.oauth_authorization().get_status().send().await?;
        println!("{} after {} token requests", answer.status, api.auth().token_requests());
        assert_eq!(api.auth().token_requests(), expected);
        api.auth().revoke_all();
    }
    Ok(())
}
