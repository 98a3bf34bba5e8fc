//! A client that fetches its token automatically: the first call that needs a token fetches it, and all calls share it.
//!
//! `cargo run -p multiauth --example multiauth_automatic_client` starts an emulation of the API and calls it.

use emulations::Multiauth;
use multiauth::{Client, OAuthCcgCredentials};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let api = Multiauth::start();

    let credentials = OAuthCcgCredentials::new(Multiauth::CCG_CLIENT_ID, Multiauth::CCG_CLIENT_SECRET);
    let client = Client::builder()
        .oauth_ccg_credentials(credentials)
        .base_url(api.api_url())
        .auth_server_url(api.auth_url())
        .build()?;
    assert_eq!(api.auth().token_requests(), 0, "building a client sends no request");

    for _ in 0..3 {
        let response = client.oauth_authorization().get_status().send().await?;
        println!("{}", response.status);
    }
    println!("token requests: {}", api.auth().token_requests());
    assert_eq!(api.auth().token_requests(), 1);
    Ok(())
}
