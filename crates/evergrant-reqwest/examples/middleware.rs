//! A middleware stack that ends with `Authorize`: the logging middleware before it sees no credentials.
//!
//! `cargo run -p evergrant-reqwest --features middleware --example middleware`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use async_trait::async_trait;
use evergrant::ClientCredentials;
use evergrant_reqwest::Transport;
use evergrant_reqwest::middleware::{Authorize, Unauthenticated};
use evergrant_testing::{ApiServer, AuthServer};
use http::Extensions;
use reqwest::redirect::Policy;
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, Middleware, Next};

struct LogCalls;

#[async_trait]
impl Middleware for LogCalls {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let call = format!("{} {}", request.method(), request.url().path());
        let has_credentials = request.headers().contains_key("authorization");
        let response = next.run(request, extensions).await?;
        println!("{call}: {}; credentials visible: {has_credentials}", response.status());
        Ok(response)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let auth = AuthServer::builder().client("bookshop", "not-a-real-secret").start();
    let (server, elsewhere) = (auth.api(), ApiServer::unprotected());

    let tokens = ClientCredentials::builder("bookshop", "not-a-real-secret")
        .token_url(auth.token_url())
        .build(Transport::default())?;
    let authorize = Authorize::builder(tokens)
        .allow_origin(server.url(""))
        .follow_redirects()
        .build()?;
    let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build()?;
    let api = ClientBuilder::new(http).with(LogCalls).with(authorize).build();

    api.get(server.url("/books")).send().await?;
    auth.revoke_all();
    api.get(server.url("/books")).send().await?;
    println!("token requests: {}", auth.token_requests());

    match api.get(elsewhere.url("/status")).send().await {
        Ok(response) => println!("unexpected: {}", response.status()),
        Err(error) => println!("not allowed: {error}"),
    }
    let status = api.get(elsewhere.url("/status")).with_extension(Unauthenticated);
    status.send().await?;
    Ok(())
}
