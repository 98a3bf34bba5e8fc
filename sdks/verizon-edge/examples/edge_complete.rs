//! A complete program in manual mode: a client with scopes, session header, environment and no time limit, and a token
//! that is stored for the next run.
//!
//! `cargo run -p verizon-edge --example edge_complete` starts an emulation of the API and calls it.

use std::fs;
use std::time::Duration;

use emulations::VerizonEdge;
use verizon_edge::evergrant_sdk::TokenFile;
use verizon_edge::{Client, ClientCredentialsAuthCredentials, Environment, Error, OAuthScopeClientCredentialsAuth};

async fn run(emulation: &VerizonEdge, file: &TokenFile) -> Result<(), Box<dyn std::error::Error>> {
    use OAuthScopeClientCredentialsAuth::{DiscoveryRead, ServiceprofileRead};
    let credentials = ClientCredentialsAuthCredentials::new(VerizonEdge::CLIENT_ID, VerizonEdge::CLIENT_SECRET)
        .scopes([DiscoveryRead, ServiceprofileRead])
        .manual();
    let client = Client::builder()
        .client_credentials_auth_credentials(credentials)
        .vz_m2m_token(VerizonEdge::VZ_M2M_TOKEN)
        .timeout(Duration::ZERO) // no time limit
        .environment(Environment::Production)
        // The emulation, instead of the environment's servers.
        .base_url(emulation.edge_url())
        .thingspace_url(emulation.thingspace_url())
        .build()?;
    let manager = client
        .client_credentials_auth_manager()
        .ok_or("the credentials are not set")?;
    let token = match manager.use_or_renew(file.load()?).await.map_err(<Error>::from) {
        Ok(token) => token,
        Err(Error::OAuthProvider(error)) => return Err(format!("check the credentials: {error}").into()),
        Err(error) => return Err(error.into()),
    };
    file.save(&token)?;
    let client = client.with_configuration(|builder| builder.client_credentials_auth_token(token))?;

    let regions = match client.discovery().list_regions().send().await {
        Ok(response) => response.regions.len(),
        Err(Error::Api(error)) => return Err(format!("the API returned {}", error.status()).into()),
        Err(error) => return Err(error.into()),
    };
    let requests = emulation.auth_requests().len();
    println!("{regions} regions, {requests} token request(s) so far");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulation = VerizonEdge::start();
    let directory = std::env::temp_dir().join(format!("verizon-edge-complete-{}", std::process::id()));
    fs::create_dir(&directory)?;
    let file = TokenFile::new(directory.join("token.json"));
    let results = [run(&emulation, &file).await, run(&emulation, &file).await];
    fs::remove_dir_all(&directory)?;
    assert_eq!(
        emulation.auth_requests().len(),
        1,
        "the second run uses the stored token"
    );
    results.into_iter().collect()
}
