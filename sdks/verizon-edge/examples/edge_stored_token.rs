//! Creates a client with a stored token and the settings of another client. No token is fetched.
//!
//! `cargo run -p verizon-edge --example edge_stored_token` starts an emulation of the API and calls it.

use std::error::Error;

use emulations::VerizonEdge;
use verizon_edge::{Client, ClientCredentialsAuthCredentials, OAuthScopeClientCredentialsAuth, Token};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulation = VerizonEdge::start();
    // The JSON that an earlier run has stored. The example `edge_token_file` stores one.
    let token = emulation
        .auth()
        .issue_token(VerizonEdge::CLIENT_ID, &["discovery:read"]);
    let stored = format!(r#"{{"access_token":"{token}","token_type":"Bearer","expiry":4102444800}}"#);

    let credentials = ClientCredentialsAuthCredentials::new(VerizonEdge::CLIENT_ID, VerizonEdge::CLIENT_SECRET)
        .scopes([OAuthScopeClientCredentialsAuth::DiscoveryRead])
        .manual();
    let client = Client::builder()
        .client_credentials_auth_credentials(credentials)
        .vz_m2m_token(VerizonEdge::VZ_M2M_TOKEN)
        .base_url(emulation.edge_url())
        .thingspace_url(emulation.thingspace_url())
        .build()?;

    let token = Token::from_json(&stored)?;
    let new_client = client.with_configuration(|builder| builder.client_credentials_auth_token(token))?;

    let regions = new_client.discovery().list_regions().send().await?;
    println!("{} regions with the stored token", regions.regions.len());
    assert!(emulation.auth_requests().is_empty(), "no token is fetched");

    // The first client does not change: it still has no token.
    let without_token = client.discovery().list_regions().send().await;
    println!(
        "the first client: {}",
        without_token.err().ok_or("a call without a token should fail")?
    );
    Ok(())
}
