//! Fetches a token, and hands it to a client that calls with it; tells apart who refused, and why.
//!
//! `cargo run -p multiauth --example multiauth_manual_fetch` calls an emulation of the API that it starts itself: once with the
//! right secret, once with a wrong one, and once with a token that has been revoked.

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

/// A token for the application to keep. It is not put to use by itself.
async fn fetch(tokens: &TokenManager) -> Result<Token, Error> {
    Ok(tokens.fetch_token().await?)
}

/// A client that calls with a new token; the one that it is made of stays as it is.
async fn authorized(client: &Client) -> Result<Client, Box<dyn std::error::Error>> {
    let tokens = client.oauth_ccg_manager().ok_or("no credentials are set")?;
    let token = fetch(tokens).await?;
    Ok(client.with_configuration(|builder| builder.oauth_ccg_token(token))?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let api = Multiauth::start();

    let first = authorized(&client(&api, Multiauth::CCG_CLIENT_SECRET)?).await?;
    let answer = first.oauth_authorization().get_status().send().await?;
    println!("with a token: {}", answer.status);

    let wrong = client(&api, "not-a-real-wrong-secret")?;
    let tokens = wrong.oauth_ccg_manager().ok_or("no credentials are set")?;
    match fetch(tokens).await {
        Err(Error::OAuthProvider(refusal)) => println!("the authorization server says {:?}", refusal.code()),
        other => return Err(format!("not refused: {other:?}").into()),
    }

    api.auth().revoke_all();
    match first.oauth_authorization().get_status().send().await {
        Err(Error::Api(error)) => println!("the API says {}: {:?}", error.status(), error.error()),
        other => return Err(format!("not refused: {other:?}").into()),
    }
    Ok(())
}
