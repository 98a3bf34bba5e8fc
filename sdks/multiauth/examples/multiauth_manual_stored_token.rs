//! Makes a client that calls with the token of an earlier run, so that no other is asked for.
//!
//! `cargo run -p multiauth --example multiauth_manual_stored_token` calls an emulation of the API that it starts itself.

use emulations::Multiauth;
use multiauth::{Client, OAuthCcgCredentials, Token};

/// Stands for the store of an earlier run, which kept what `Token::expose_json` gave it.
fn stored(api: &Multiauth) -> String {
    let token = api.auth().issue_token(Multiauth::CCG_CLIENT_ID, &[]);
    format!(r#"{{"access_token":"{token}","token_type":"Bearer","expiry":4102444800}}"#)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let api = Multiauth::start();
    let token = Token::from_json(&stored(&api))?;

    let credentials = OAuthCcgCredentials::new(Multiauth::CCG_CLIENT_ID, Multiauth::CCG_CLIENT_SECRET);
    let client = Client::builder()
        .oauth_ccg_credentials(credentials.manual())
        .base_url(api.api_url())
        .auth_server_url(api.auth_url())
        .build()?;

    // All else that was configured stays, and so does the client that this one is made of. Where there is none yet, the
    // credentials take the token: `credentials.manual().token(token)`.
    let authorized = client.with_configuration(|builder| builder.oauth_ccg_token(token))?;
    let answer = authorized.oauth_authorization().get_status().send().await?;
    println!("with the stored token: {}", answer.status);

    assert!(client.oauth_authorization().get_status().send().await.is_err());
    assert_eq!(api.auth().token_requests(), 0, "the stored token was enough");
    Ok(())
}
