//! Fetching a token by hand: the application asks for it, deals with a refusal, and goes on with a client that has the token.
//!
//! `cargo run -p verizon-edge --example edge_fetch_token` calls an emulation of the API, which it starts itself.

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
        None => Err(Error::Request(
            "there are no credentials to fetch a token with".to_owned(),
        )),
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
                println!("authorized: {} regions", regions.regions.len());
            }
            // The authorization server refused.
            Err(Error::OAuthProvider(refusal)) => {
                println!(
                    "refused with {}: {}",
                    refusal.status(),
                    refusal.code().unwrap_or("no code")
                );
            }
            // It could not be reached, for example.
            Err(error) => println!("no token: {error}; later perhaps: {}", error.is_retryable()),
        }
    }
    assert_eq!(emulation.api_requests().len(), 1, "nothing is sent without a token");
    Ok(())
}
