//! Initializing a client: credentials with two scopes, which a token is asked for with when a call first needs one.
//!
//! `cargo run -p verizon-edge --example edge_initialization` calls an emulation of the API, which it starts itself.

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
        println!("{}, {}", region.name, region.metro.as_deref().unwrap_or("nowhere"));
    }
    let profiles = client.service_profiles().list_service_profiles().send().await?;
    println!("{} service profiles", profiles.data.len());

    let [request] = &emulation.auth_requests()[..] else {
        return Err("one token serves both calls".into());
    };
    println!(
        "one token for the scopes {}",
        request.form_value("scope").unwrap_or_default()
    );
    Ok(())
}
