//! A client in manual style: it never fetches a token by itself, and refuses a call that it has none for.
//!
//! `cargo run -p multiauth --example multiauth_manual_client` calls an emulation of the API that it starts itself.

use emulations::Multiauth;
use multiauth::{Client, OAuthCcgCredentials};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let api = Multiauth::start();

    let credentials = OAuthCcgCredentials::new(Multiauth::CCG_CLIENT_ID, Multiauth::CCG_CLIENT_SECRET);
    let client = Client::builder()
        .oauth_ccg_credentials(credentials.manual())
        .base_url(api.api_url())
        .auth_server_url(api.auth_url())
        .build()?;

    // What needs no credentials can be called at once.
    let answer = client.authentication().no_auth().send().await?;
    println!("without credentials: {}", *answer);

    // What needs a token has to wait until the application has fetched one.
    match client.oauth_authorization().get_status().send().await {
        Ok(answer) => return Err(format!("let in without a token: {}", answer.status).into()),
        Err(error) => println!("without a token: {error}"),
    }
    assert_eq!(api.api_requests().len(), 1, "the second call was never sent");
    assert!(api.auth_requests().is_empty(), "no token was asked for");
    Ok(())
}
