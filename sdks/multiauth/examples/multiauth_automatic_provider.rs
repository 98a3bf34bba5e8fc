//! A custom token provider: it returns the stored token while it is valid, and otherwise fetches one from the
//! authorization server.
//!
//! `cargo run -p multiauth --example multiauth_automatic_provider` starts an emulation of the API and calls it, with a
//! stored token that is revoked between two calls.

use emulations::Multiauth;
use evergrant_sdk::TokenEndpoint;
use multiauth::{Client, OAuthCcgCredentials, Token};
use tokio::sync::Mutex;

/// Represents a database.
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

    // Called when there is no token yet, and when `last` has expired or the API has rejected it.
    let credentials = OAuthCcgCredentials::new(Multiauth::CCG_CLIENT_ID, Multiauth::CCG_CLIENT_SECRET).token_provider(
        async |last: Option<Token>, endpoint: TokenEndpoint| {
            let token = endpoint.use_or_renew(load_token_from_database().await, last).await?;
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
        let response = client.oauth_authorization().get_status().send().await?;
        println!(
            "{}, {} token request(s) so far",
            response.status,
            api.auth().token_requests()
        );
        assert_eq!(api.auth().token_requests(), expected);
        api.auth().revoke_all();
    }
    Ok(())
}
