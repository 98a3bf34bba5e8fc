//! Creates a client with the token of an earlier run. No token is fetched.
//!
//! `cargo run -p multiauth --example multiauth_manual_stored_token` starts an emulation of the API and calls it.

use emulations::Multiauth;
use multiauth::{Client, OAuthCcgCredentials, Token};

/// Returns the JSON that an earlier run has written with `Token::expose_json`.
fn stored_json(api: &Multiauth) -> String {
    let token = api.auth().issue_token(Multiauth::CCG_CLIENT_ID, &[]);
    format!(r#"{{"access_token":"{token}","token_type":"Bearer","expiry":4102444800}}"#)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let api = Multiauth::start();
    let token = Token::from_json(&stored_json(&api))?;

    let credentials = OAuthCcgCredentials::new(Multiauth::CCG_CLIENT_ID, Multiauth::CCG_CLIENT_SECRET);
    let client = Client::builder()
        .oauth_ccg_credentials(credentials.manual())
        .base_url(api.api_url())
        .auth_server_url(api.auth_url())
        .build()?;

    // The new client has all other settings of `client`, which does not change. A token can also be set on the
    // credentials of a first client: `credentials.manual().token(token)`.
    let authorized = client.with_configuration(|builder| builder.oauth_ccg_token(token))?;
    let response = authorized.oauth_authorization().get_status().send().await?;
    println!("with the stored token: {}", response.status);

    assert!(client.oauth_authorization().get_status().send().await.is_err());
    assert_eq!(api.auth().token_requests(), 0, "no token is fetched");
    Ok(())
}
