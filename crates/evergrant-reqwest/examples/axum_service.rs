//! A service that calls a protected API on behalf of its own callers, with a readiness probe and a status page.
//!
//! `cargo run -p evergrant-reqwest --example axum_service` starts the service beside an embedded authorization server and API,
//! calls it a few times, shows what came back, and ends.
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

/// Each request is authorized on its way; nothing here knows of tokens.
async fn books(State(app): State<App>) -> Result<Json<Value>, (StatusCode, String)> {
    let unavailable = |error: evergrant_reqwest::Error| (StatusCode::BAD_GATEWAY, error.to_string());
    let answer = app.books.get("books").send_ok().await.map_err(unavailable)?;
    let books = answer
        .json()
        .await
        .map_err(|error| (StatusCode::BAD_GATEWAY, error.to_string()))?;
    Ok(Json(books))
}

/// Ready as soon as calls can be authorized; not ready while no token can be had.
async fn ready(State(app): State<App>) -> impl IntoResponse {
    match app.tokens.ready().await {
        Ok(()) => (StatusCode::OK, "ready".to_owned()),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
    }
}

/// For dashboards: what is held, and what went wrong last.
async fn status(State(app): State<App>) -> Json<Value> {
    let status = app.tokens.status();
    Json(json!({
        "state": format!("{:?}", status.state),
        "valid_for_s": status.valid_for.map(|left| left.as_secs()),
        "tokens_obtained": status.tokens_obtained,
        "fetches_failed": status.fetches_failed,
        "last_error": status.last_error.map(|error| error.to_string()),
    }))
}

/// A nightly export takes twenty minutes and cannot change its token on the way.
async fn export(State(app): State<App>) -> Result<&'static str, (StatusCode, String)> {
    let token = app.tokens.token_valid_for(Duration::from_secs(20 * 60)).await;
    let _for_the_whole_export = token.map_err(|error| (StatusCode::SERVICE_UNAVAILABLE, error.to_string()))?;
    Ok("exported")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let auth = AuthServer::builder().client("bookshop", "not-a-real-secret").start();
    let api = auth.api();

    let tokens = ClientCredentials::new("bookshop", "not-a-real-secret")
        .token_url(auth.token_url())
        .scopes(["books.read"])
        .build(Transport::default())?;
    // The first request after a quiet night must not wait either.
    let _warm = tokens.keep_warm()?;
    let mut updates = tokens.subscribe();
    tokio::spawn(async move {
        while let Some(token) = updates.next().await {
            println!(
                "a new token, generation {}, valid until {:?}",
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

    let caller = reqwest::Client::new();
    for path in ["/ready", "/books", "/export", "/status"] {
        let answer = caller
            .get(format!("{service}{path}"))
            .send()
            .await?
            .error_for_status()?;
        println!("GET {path}: {}", answer.text().await?);
    }
    println!("token requests: {}", auth.token_requests());
    server.abort();
    Ok(())
}
