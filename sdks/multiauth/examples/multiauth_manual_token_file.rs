//! Stores a token in a file that only its owner can read, for the next run of the program.
//!
//! `cargo run -p multiauth --example multiauth_manual_token_file` starts an emulation of the API and calls it. The
//! token is in a temporary directory, which is removed at the end.

use std::error::Error;
use std::fs;

use emulations::Multiauth;
use multiauth::evergrant_sdk::TokenFile;
use multiauth::{Client, OAuthCcgCredentials};

async fn run(file: &TokenFile) -> Result<(), Box<dyn Error>> {
    let api = Multiauth::start();
    let credentials = OAuthCcgCredentials::new(Multiauth::CCG_CLIENT_ID, Multiauth::CCG_CLIENT_SECRET);
    let client = Client::builder()
        .oauth_ccg_credentials(credentials.manual())
        .base_url(api.api_url())
        .auth_server_url(api.auth_url())
        .build()?;

    let tokens = client.oauth_ccg_manager().ok_or("the credentials are not set")?;
    file.save(&tokens.fetch_token().await?)?;

    let token = file.load()?.ok_or("no token was stored")?;
    println!("the token expires in {:?}", token.expires_in());
    let authorized = client.with_configuration(|builder| builder.oauth_ccg_token(token))?;
    let response = authorized.oauth_authorization().get_status().send().await?;
    println!("with the stored token: {}", response.status);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::temp_dir().join(format!("multiauth-store-{}", std::process::id()));
    fs::create_dir(&directory)?;
    let result = run(&TokenFile::new(directory.join("token.json"))).await;
    fs::remove_dir_all(&directory)?;
    result
}
