//! A GraphQL API, which rejects a token with status 200 and an error in the body.
//!
//! `cargo run -p evergrant-reqwest --example graphql` runs it against embedded servers.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use evergrant::{ClientCredentials, Generation, TokenManager};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::{AuthServer, MockResponse};
use reqwest::Method;
use serde_json::{Value, json};

/// Sends a query. A token that the API rejects in the body is reported, and the query is sent again with a new one.
async fn query(api: &Client, tokens: &TokenManager, query: &str) -> Result<Value, Box<dyn Error>> {
    for _ in 0..2 {
        let response = api.post("").json(&json!({ "query": query })).send_ok().await?;
        let generation = response.extensions().get::<Generation>().copied();
        let mut body: Value = response.json().await?;
        let is_rejected = body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED";
        match generation {
            Some(generation) if is_rejected => println!("token rejected: {:?}", tokens.reject(generation)),
            _ => return Ok(body["data"].take()),
        }
    }
    Err("the API rejects a new token too".into())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let auth = AuthServer::builder().client("bookshop", "not-a-real-secret").start();
    let server = auth.api();
    let checked = auth.clone();
    server.route(Method::POST, "/graphql", move |request| {
        let is_valid = request.bearer_token().is_some_and(|token| checked.accepts(token));
        MockResponse::new(200).json(match is_valid {
            true => r#"{"data":{"books":[{"title":"The Dispossessed"}]}}"#,
            false => r#"{"errors":[{"message":"sign in","extensions":{"code":"UNAUTHENTICATED"}}]}"#,
        })
    });

    let tokens = ClientCredentials::builder("bookshop", "not-a-real-secret")
        .token_url(auth.token_url())
        .build(Transport::default())?;
    // The base URL is the API's only one: an empty path is the base URL itself.
    let api = Client::builder(tokens.clone())
        .base_url(server.url("/graphql"))
        .build()?;

    println!("{}", query(&api, &tokens, "{ books { title } }").await?);
    auth.revoke_all();
    println!("{}", query(&api, &tokens, "{ books { title } }").await?);
    println!("token requests: {}", auth.token_requests());
    Ok(())
}
