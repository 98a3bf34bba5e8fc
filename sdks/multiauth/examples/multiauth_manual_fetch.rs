//! Fetches a token in manual mode and creates a client with it. Shows the errors of a wrong secret and of a revoked
//! token.
//!
//! `cargo run -p multiauth --example multiauth_manual_fetch` starts an emulation of the API and calls it: with the
//! right secret, with a wrong one, and with a revoked token.

use emulations::Multiauth;
use multiauth::{BuildError, Client, Error, OAuthCcgCredentials, Token, TokenManager};

fn client(api: &Multiauth, secret: &str) -> Result<Client, BuildError> {
    let credentials = OAuthCcgCredentials::new(Multiauth::CCG_CLIENT_ID, secret);
    Client::builder()
        .oauth_ccg_credentials(credentials.manual())
        .base_url(api.api_url())
        .auth_server_url(api.auth_url())
        .build()
}

/// Fetches a token. The client does not use it until it is set.
async fn fetch_token(tokens: &TokenManager) -> Result<Token, Error> {
    Ok(tokens.fetch_token().await?)
}

/// Returns a client with a new token. The original client does not change.
async fn authorize(client: &Client) -> Result<Client, Box<dyn std::error::Error>> {
    let tokens = client.oauth_ccg_manager().ok_or("the credentials are not set")?;
    let token = fetch_token(tokens).await?;
    Ok(client.with_configuration(|builder| builder.oauth_ccg_token(token))?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let api = Multiauth::start();

    let authorized = authorize(&client(&api, Multiauth::CCG_CLIENT_SECRET)?).await?;
    let response = authorized.oauth_authorization().get_status().send().await?;
    println!("with a token: {}", response.status);

    let wrong = client(&api, "not-a-real-wrong-secret")?;
    let tokens = wrong.oauth_ccg_manager().ok_or("the credentials are not set")?;
    match fetch_token(tokens).await {
        Err(Error::OAuthProvider(error)) => println!("rejected by the authorization server: {:?}", error.code()),
        other => return Err(format!("not rejected: {other:?}").into()),
    }

    api.auth().revoke_all();
    match authorized.oauth_authorization().get_status().send().await {
        Err(Error::Api(error)) => println!("rejected by the API: {}, {:?}", error.status(), error.error()),
        other => return Err(format!("not rejected: {other:?}").into()),
    }
    Ok(())
}
