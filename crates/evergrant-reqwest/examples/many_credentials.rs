//! An API that requires a user and a key, or a token, depending on the operation; each token has only the scopes that
//! the operation needs.
//!
//! `cargo run -p evergrant-reqwest --example many_credentials` runs it against embedded servers.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use evergrant::scheme::{ApiKey, Basic, OAuth};
use evergrant::{ClientCredentials, Requirement, ScopedTokens};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::AuthServer;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthServer::builder().client("shop", "not-a-real-secret").start();
    let api_server = auth.api();
    api_server.guard("/reports", |request| {
        request
            .header("authorization")
            .is_some_and(|value| value.starts_with("Basic "))
            && request.query_value("api-key").as_deref() == Some("not-a-real-key")
    });

    let tokens = ClientCredentials::builder("shop", "not-a-real-secret")
        .token_url(auth.token_url())
        .scopes(["books.read", "orders.read"])
        .build(Transport::default())?;
    let scoped = ScopedTokens::least_privilege(tokens);
    let basic = Basic::new("basicAuth").with_credentials("reader", "not-a-real-password")?;
    let key = ApiKey::in_query("apiKey", "api-key")?.with_key("not-a-real-key")?;
    let oauth =
        |scopes: &[&str]| Ok::<_, evergrant::BuildError>(OAuth::new("oauth2").with_tokens(scoped.for_scopes(scopes)?));

    // Each operation has its own requirement; all share the connections of one client.
    let reports = Requirement::of(basic).and(key).or(oauth(&["reports.read"])?).build()?;
    let books = Requirement::from(oauth(&["books.read"])?);
    let api = Client::builder(Requirement::none())
        .base_url(api_server.url("/"))
        .build()?;

    let response = api.with_authorizer(reports).get("reports").send_ok().await?;
    println!("reports, with user and key: {}", response.text().await?);
    let response = api.with_authorizer(books).get("needs/books.read").send_ok().await?;
    println!("books, with a token of that scope: {}", response.text().await?);
    println!(
        "scope of the token request: {:?}",
        auth.last_token_request().form_value("scope")
    );
    let orders = Requirement::of(OAuth::new("oauth2"))
        .and(ApiKey::in_header("apiHeader", "x-api-key")?)
        .build()?;
    if let Err(error) = api.with_authorizer(orders).get("orders").send_ok().await {
        println!("orders, without credentials: {error}");
    }
    Ok(())
}
