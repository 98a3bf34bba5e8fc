//! A service that calls a protected API to serve its own callers, with a readiness probe and a status page.
//!
//! `cargo run -p evergrant-reqwest --example axum_service` starts the service with an embedded authorization server and
//! API, sends it a few requests, prints the responses, and exits.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use evergrant::{ClientCredentials, TokenManager};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::AuthServer;
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[derive(Clone)]
struct App {
    tokens: TokenManager,
    books: Client,
}

/// The client authorizes each request; this handler does not handle tokens.
async fn books(State(app): State<App>) -> Result<Json<Value>, (StatusCode, String)> {
    let unavailable = |error: evergrant_reqwest::Error| (StatusCode::BAD_GATEWAY, error.to_string());
    let books = async { Ok(app.books.get("books").send_ok().await?.json().await?) };
    books.await.map(Json).map_err(unavailable)
}

/// Ready when calls can be authorized, and not ready when no token can be fetched.
async fn ready(State(app): State<App>) -> impl IntoResponse {
    match app.tokens.ready().await {
        Ok(()) => (StatusCode::OK, "ready".to_owned()),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
    }
}

/// The state of the manager, for dashboards.
async fn status(State(app): State<App>) -> Json<Value> {
    let status = app.tokens.status();
    Json(json!({
        "state": format!("{:?}", status.state),
        "valid_for_s": status.valid_for.map(|left| left.as_secs()),
        "tokens_fetched": status.tokens_fetched,
        "fetches_failed": status.fetches_failed,
        "last_error": status.last_error.map(|error| error.to_string()),
    }))
}

/// A nightly export takes twenty minutes, and cannot change its token while it runs.
async fn export(State(app): State<App>) -> Result<&'static str, (StatusCode, String)> {
    let token = app.tokens.token_valid_for(Duration::from_secs(20 * 60)).await;
    let _token_for_the_export = token.map_err(|error| (StatusCode::SERVICE_UNAVAILABLE, error.to_string()))?;
    Ok("exported")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let auth = AuthServer::builder().client("bookshop", "not-a-real-secret").start();
    let api = auth.api();

    let tokens = ClientCredentials::builder("bookshop", "not-a-real-secret")
        .token_url(auth.token_url())
        .scopes(["books.read"])
        .build(Transport::default())?;
    // Renews the token even while no requests arrive, so that the first request of the morning does not wait.
    let _warm = tokens.keep_warm()?;
    let mut updates = tokens.subscribe();
    tokio::spawn(async move {
        while let Some(token) = updates.next().await {
            println!(
                "new token: generation {}, valid until {:?}",
                token.generation(),
                token.expires_at()
            );
        }
    });

    let books_api = Client::builder(tokens.clone()).base_url(api.url("/v1/")).build()?;
    let app = App {
        tokens,
        books: books_api,
    };
    let routes = Router::new()
        .route("/books", get(books))
        .route("/ready", get(ready))
        .route("/status", get(status))
        .route("/export", get(export))
        .with_state(app);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let service = format!("http://{}", listener.local_addr()?);
    let server = tokio::spawn(async move { axum::serve(listener, routes).await });

    let http = reqwest::Client::new();
    for path in ["/ready", "/books", "/export", "/status"] {
        let response = http.get(format!("{service}{path}")).send().await?.error_for_status()?;
        println!("GET {path}: {}", response.text().await?);
    }
    println!("token requests: {}", auth.token_requests());
    server.abort();
    Ok(())
}
