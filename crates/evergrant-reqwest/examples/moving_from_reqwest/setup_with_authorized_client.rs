//! The set-up after: a token manager and an authorized client.

use evergrant::ClientCredentials;
use evergrant_reqwest::{Client, Error, Transport};
use evergrant_testing::{ApiServer, AuthServer};

#[path = "unchanged_calls.rs"]
mod unchanged_calls;

pub(crate) async fn run(auth: &AuthServer, server: &ApiServer) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let tokens = ClientCredentials::builder("bookshop", "not-a-real-secret")
        .token_url(auth.token_url())
        .build(Transport::default())?;
    let api = Client::builder(tokens).base_url(server.url("/")).build()?;
    let log: Result<_, Error> = unchanged_calls::run(&api, &server.url("")).await;
    Ok(log?)
}
