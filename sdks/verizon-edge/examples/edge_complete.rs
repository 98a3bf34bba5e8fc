//! A complete program: a client with scopes, session header and environment, without a time limit, and a token that is stored
//! for the next run.
//!
//! `cargo run -p verizon-edge --example edge_complete` calls an emulation of the API, which it starts itself.

use std::fs;
use std::time::Duration;

use emulations::VerizonEdge;
use verizon_edge::evergrant_sdk::TokenFile;
use verizon_edge::{Client, ClientCredentialsAuthCredentials, Environment, Error, OAuthScopeClientCredentialsAuth};

async fn program(emulation: &VerizonEdge, file: &TokenFile) -> Result<(), Box<dyn std::error::Error>> {
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
    let token = match manager.use_or_renew(file.load()?).await.map_err(<Error>::from) {
        Ok(token) => token,
        Err(Error::OAuthProvider(refusal)) => return Err(format!("check the credentials: {refusal}").into()),
        Err(error) => return Err(error.into()),
    };
    file.save(&token)?;
    let client = client.with_configuration(|builder| builder.client_credentials_auth_token(token))?;

    let regions = match client.discovery().list_regions().send().await {
        Ok(answer) => answer.regions.len(),
        Err(Error::Api(error)) => return Err(format!("the API answered {}", error.status()).into()),
        Err(error) => return Err(error.into()),
    };
    let requests = emulation.auth_requests().len();
    println!("{regions} regions, with {requests} token request(s) so far");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulation = VerizonEdge::start();
    let folder = std::env::temp_dir().join(format!("verizon-edge-complete-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let file = TokenFile::new(folder.join("token.json"));
    let outcomes = [program(&emulation, &file).await, program(&emulation, &file).await];
    fs::remove_dir_all(&folder)?;
    assert_eq!(emulation.auth_requests().len(), 1, "the second run loads the token");
    outcomes.into_iter().collect()
}
