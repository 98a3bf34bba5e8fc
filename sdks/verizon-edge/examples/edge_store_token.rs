//! Storing a token for reuse: in a file that its owner alone can read, from the moment it exists.
//!
//! `cargo run -p verizon-edge --example edge_store_token` calls an emulation of the API, which it starts itself.

use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use emulations::VerizonEdge;
use verizon_edge::{Client, ClientCredentialsAuthCredentials, OAuthScopeClientCredentialsAuth, Token};

fn store(token: &Token, file: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(token.expose_json().as_bytes())
}

async fn fetch_and_store(emulation: &VerizonEdge, file: &Path) -> Result<(), Box<dyn Error>> {
    let credentials = ClientCredentialsAuthCredentials::new(VerizonEdge::CLIENT_ID, VerizonEdge::CLIENT_SECRET)
        .scopes([OAuthScopeClientCredentialsAuth::DiscoveryRead])
        .manual();
    let client = Client::builder()
        .client_credentials_auth_credentials(credentials)
        .vz_m2m_token(VerizonEdge::VZ_M2M_TOKEN)
        .base_url(emulation.edge_url())
        .thingspace_url(emulation.thingspace_url())
        .build()?;

    let manager = client.client_credentials_auth_manager();
    let token = manager.ok_or("no credentials are configured")?.fetch_token().await?;
    store(&token, file)?;

    let stored = Token::from_json(&fs::read_to_string(file)?)?;
    println!("stored; the token expires at {:?}", stored.expires_at());
    let client = client.with_configuration(|builder| builder.client_credentials_auth_token(stored))?;
    let regions = client.discovery().list_regions().send().await?;
    println!("{} regions with the stored token", regions.regions.len());
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulation = VerizonEdge::start();
    let folder = std::env::temp_dir().join(format!("verizon-edge-store-token-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let outcome = fetch_and_store(&emulation, &folder.join("token.json")).await;
    fs::remove_dir_all(&folder)?;
    outcome
}
