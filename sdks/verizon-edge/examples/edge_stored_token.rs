//! Creating a client from a stored token: the first client's configuration, with the token in it.
//!
//! `cargo run -p verizon-edge --example edge_stored_token` calls an emulation of the API, which it starts itself.

use std::error::Error;

use emulations::VerizonEdge;
use verizon_edge::{Client, ClientCredentialsAuthCredentials, OAuthScopeClientCredentialsAuth, Token};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulation = VerizonEdge::start();
    // What an earlier run has stored; `edge_store_token` shows how.
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
    assert!(emulation.auth_requests().is_empty(), "no token was asked for");

    // The client that it came from is untouched, and still has none.
    let without = client.discovery().list_regions().send().await;
    println!("the first client: {}", without.err().ok_or("it has no token")?);
    Ok(())
}
