//! Manual mode: the application fetches tokens itself, and a call without a token fails without sending anything.
//!
//! `cargo run -p evergrant-reqwest --example manual_mode`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use evergrant::ClientCredentials;
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::AuthServer;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let auth = AuthServer::builder().client("tool", "not-a-real-secret").start();
    let api = auth.api();

    let tokens = ClientCredentials::builder("tool", "not-a-real-secret")
        .token_url(auth.token_url())
        .manual()
        .build(Transport::default())?;
    let client = Client::builder(tokens.clone()).base_url(api.url("/")).build()?;
    match client.get("books").send().await {
        Ok(response) => println!("unexpected: {}", response.status()),
        Err(error) => println!("without a token: {error}"),
    }

    let token = tokens.fetch_token().await?;
    let authorized = client.with_authorizer(tokens.with_token(token)?);
    println!(
        "with a token: {}",
        authorized.get("books").send_ok().await?.text().await?
    );
    Ok(())
}
