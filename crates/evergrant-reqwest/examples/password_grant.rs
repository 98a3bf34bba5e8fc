//! The password grant, for servers that offer no better grant: one token, which is renewed with its refresh token.
//!
//! `cargo run -p evergrant-reqwest --example password_grant` runs it against an embedded server.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use evergrant::Password;
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::AuthServer;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthServer::builder()
        .client("shop", "not-a-real-secret")
        .user("reader", "not-a-real-password")
        .start();
    let api_server = auth.api();

    let tokens = Password::new("reader", "not-a-real-password")
        .builder("shop", "not-a-real-secret")
        .token_url(auth.token_url())
        .scopes(["books.read"])
        .build(Transport::default())?;
    let api = Client::builder(tokens).base_url(api_server.url("/")).build()?;

    println!("books: {}", api.get("books").send_ok().await?.text().await?);
    auth.revoke_all();
    println!(
        "after the token was revoked: {}",
        api.get("books").send_ok().await?.status()
    );
    for request in auth.requests() {
        println!(
            "token request: {}",
            request.form_value("grant_type").unwrap_or_default()
        );
    }
    Ok(())
}
