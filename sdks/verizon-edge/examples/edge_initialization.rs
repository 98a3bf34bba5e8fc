//! Creates a client with two scopes. The first call that needs a token fetches it.
//!
//! `cargo run -p verizon-edge --example edge_initialization` starts an emulation of the API and calls it.

use std::error::Error;

use emulations::VerizonEdge;
use verizon_edge::{Client, ClientCredentialsAuthCredentials, OAuthScopeClientCredentialsAuth};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulation = VerizonEdge::start();

    let credentials =
        ClientCredentialsAuthCredentials::new(VerizonEdge::CLIENT_ID, VerizonEdge::CLIENT_SECRET).scopes([
            OAuthScopeClientCredentialsAuth::DiscoveryRead,
            OAuthScopeClientCredentialsAuth::ServiceprofileRead,
        ]);
    let client = Client::builder()
        .client_credentials_auth_credentials(credentials)
        .vz_m2m_token(VerizonEdge::VZ_M2M_TOKEN)
        .base_url(emulation.edge_url())
        .thingspace_url(emulation.thingspace_url())
        .build()?;

    for region in &client.discovery().list_regions().send().await?.regions {
        println!("{}, {}", region.name, region.metro.as_deref().unwrap_or("no metro"));
    }
    let profiles = client.service_profiles().list_service_profiles().send().await?;
    println!("{} service profiles", profiles.data.len());

    let [request] = &emulation.auth_requests()[..] else {
        return Err("both calls should share one token".into());
    };
    println!(
        "both calls shared one token with the scopes {}",
        request.form_value("scope").unwrap_or_default()
    );
    Ok(())
}
