//! Fetches a token in manual mode, handles a rejection, and creates a client with the token.
//!
//! `cargo run -p verizon-edge --example edge_fetch_token` starts an emulation of the API and calls it.

use emulations::VerizonEdge;
use verizon_edge::{
    BuildError, Client, ClientCredentialsAuthCredentials, Error, OAuthScopeClientCredentialsAuth, Token,
};

fn client(emulation: &VerizonEdge, secret: &str) -> Result<Client, BuildError> {
    let credentials = ClientCredentialsAuthCredentials::new(VerizonEdge::CLIENT_ID, secret)
        .scopes([OAuthScopeClientCredentialsAuth::DiscoveryRead])
        .manual();
    Client::builder()
        .client_credentials_auth_credentials(credentials)
        .vz_m2m_token(VerizonEdge::VZ_M2M_TOKEN)
        .base_url(emulation.edge_url())
        .thingspace_url(emulation.thingspace_url())
        .build()
}

async fn fetch_token(client: &Client) -> Result<Token, Error> {
    match client.client_credentials_auth_manager() {
        Some(manager) => Ok(manager.fetch_token().await?),
        None => Err(Error::Request("the credentials are not set".to_owned())),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulation = VerizonEdge::start();
    for secret in ["wrong-secret", VerizonEdge::CLIENT_SECRET] {
        let client = client(&emulation, secret)?;
        match fetch_token(&client).await {
            Ok(token) => {
                let client = client.with_configuration(|builder| builder.client_credentials_auth_token(token))?;
                let regions = client.discovery().list_regions().send().await?;
                println!("{} regions", regions.regions.len());
            }
            // The authorization server rejected the credentials.
            Err(Error::OAuthProvider(error)) => {
                println!(
                    "rejected with {}: {}",
                    error.status(),
                    error.code().unwrap_or("no code")
                );
            }
            // For example, the authorization server could not be reached.
            Err(error) => println!("no token: {error} (retryable: {})", error.is_retryable()),
        }
    }
    assert_eq!(emulation.api_requests().len(), 1, "without a token, no call is sent");
    Ok(())
}
