//! A client in manual mode: it never fetches a token. A call that needs a token fails until the application sets one.
//!
//! `cargo run -p multiauth --example multiauth_manual_client` starts an emulation of the API and calls it.

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

    // Operations without credentials work immediately.
    let response = client.authentication().no_auth().send().await?;
    println!("without credentials: {}", *response);

    // Operations that need a token fail until the application has fetched one.
    match client.oauth_authorization().get_status().send().await {
        Ok(response) => return Err(format!("the call succeeded without a token: {}", response.status).into()),
        Err(error) => println!("without a token: {error}"),
    }
    assert_eq!(api.api_requests().len(), 1, "the second call is not sent");
    assert!(api.auth_requests().is_empty(), "no token is fetched");
    Ok(())
}
