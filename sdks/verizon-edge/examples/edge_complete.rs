//! A complete program: a client with scopes, session header, time limit and environment, and a token that is loaded if there is
//! one, and otherwise fetched and saved.
//!
//! `cargo run -p verizon-edge --example edge_complete` calls an emulation of the API, which it starts itself.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use emulations::VerizonEdge;
use verizon_edge::{
    Client, ClientCredentialsAuthCredentials, Environment, Error, OAuthScopeClientCredentialsAuth, Token,
};

/// Readable by its owner alone.
fn save_token(token: &Token, file: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(token.expose_json().as_bytes())
}

fn load_token(file: &Path) -> Option<Token> {
    Token::from_json(&fs::read_to_string(file).ok()?).ok()
}

async fn program(emulation: &VerizonEdge, file: &Path) -> Result<(), Box<dyn std::error::Error>> {
    use OAuthScopeClientCredentialsAuth::{DiscoveryRead, ServiceprofileRead};
    let credentials = ClientCredentialsAuthCredentials::new(VerizonEdge::CLIENT_ID, VerizonEdge::CLIENT_SECRET)
        .scopes([DiscoveryRead, ServiceprofileRead])
        .manual();
    let client = Client::builder()
        .client_credentials_auth_credentials(credentials)
        .vz_m2m_token(VerizonEdge::VZ_M2M_TOKEN)
        .timeout(Duration::ZERO) // no limit
        .environment(Environment::Production)
        // The emulation, in place of that environment's servers.
        .base_url(emulation.edge_url())
        .thingspace_url(emulation.thingspace_url())
        .build()?;
    let manager = client.client_credentials_auth_manager().ok_or("no credentials")?;
    let token = match load_token(file) {
        Some(token) => token,
        None => match manager.fetch_token().await.map_err(<Error>::from) {
            Ok(token) => save_token(&token, file).map(|()| token)?,
            Err(Error::OAuthProvider(refusal)) => return Err(format!("check the credentials: {refusal}").into()),
            Err(error) => return Err(error.into()),
        },
    };
    let client = client.with_configuration(|builder| builder.client_credentials_auth_token(token))?;

    let regions = client.discovery().list_regions().send().await?.regions.len();
    let requests = emulation.auth_requests().len();
    println!("{regions} regions, with {requests} token request(s) so far");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulation = VerizonEdge::start();
    let folder = std::env::temp_dir().join(format!("verizon-edge-complete-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let file = folder.join("token.json");
    let outcomes = [program(&emulation, &file).await, program(&emulation, &file).await];
    fs::remove_dir_all(&folder)?;
    assert_eq!(emulation.auth_requests().len(), 1, "the second run loads the token");
    outcomes.into_iter().collect()
}
