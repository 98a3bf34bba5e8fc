//! A client in automatic style: the first call that needs a token fetches it, and all further ones share it.
//!
//! `cargo run -p multiauth --example multiauth_automatic_client` calls an emulation of the API that it starts itself.

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
    assert_eq!(api.auth().token_requests(), 0, "building a client sends nothing");

    for _ in 0..3 {
        let answer = client.oauth_authorization().get_status().send().await?;
        println!("{}", answer.status);
    }
    println!("token requests: {}", api.auth().token_requests());
    assert_eq!(api.auth().token_requests(), 1);
    Ok(())
}
