//! Storing a token for reuse: in a file that its owner alone can read, from the moment it exists.
//!
//! `cargo run -p verizon-edge --example edge_store_token` calls an emulation of the API, which it starts itself.

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
    let token = manager.ok_or("no credentials are configured")?.fetch_token().await?;
    file.save(&token)?;

    let stored = file.load()?.ok_or("nothing was stored")?;
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
    let outcome = fetch_and_store(&emulation, &TokenFile::new(folder.join("token.json"))).await;
    fs::remove_dir_all(&folder)?;
    outcome
}
