//! Stores a token for reuse, in a file that only its owner can read.
//!
//! `cargo run -p verizon-edge --example edge_token_file` starts an emulation of the API and calls it.

use std::error::Error;
use std::fs;

use emulations::VerizonEdge;
use verizon_edge::evergrant_sdk::TokenFile;
use verizon_edge::{Client, ClientCredentialsAuthCredentials, OAuthScopeClientCredentialsAuth};

async fn fetch_and_store(emulation: &VerizonEdge, file: &TokenFile) -> Result<(), Box<dyn Error>> {
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
    let token = manager.ok_or("the credentials are not set")?.fetch_token().await?;
    file.save(&token)?;

    let stored = file.load()?.ok_or("no token was stored")?;
    println!("stored the token, which expires at {:?}", stored.expires_at());
    let client = client.with_configuration(|builder| builder.client_credentials_auth_token(stored))?;
    let regions = client.discovery().list_regions().send().await?;
    println!("{} regions with the stored token", regions.regions.len());
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulation = VerizonEdge::start();
    let directory = std::env::temp_dir().join(format!("verizon-edge-store-token-{}", std::process::id()));
    fs::create_dir(&directory)?;
    let result = fetch_and_store(&emulation, &TokenFile::new(directory.join("token.json"))).await;
    fs::remove_dir_all(&directory)?;
    result
}
