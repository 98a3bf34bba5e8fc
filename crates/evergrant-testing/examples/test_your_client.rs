//! Tests your own client: the naive token cache below works in the normal case, but fails after a revocation and in an
//! outage.
//!
//! `cargo run -p evergrant-testing --example test_your_client`
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use std::sync::Arc;

use evergrant_testing::{AuthServer, MockResponse};
use tokio::sync::Mutex;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A hand-written token cache: a token behind a lock, fetched when it is missing.
#[derive(Default)]
struct NaiveClient {
    http: reqwest::Client,
    token: Mutex<Option<String>>,
}

impl NaiveClient {
    async fn token(&self, auth: &AuthServer) -> Result<String, BoxError> {
        let mut token = self.token.lock().await;
        if let Some(token) = &*token {
            return Ok(token.clone());
        }
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "me"),
            ("client_secret", "not-a-real-secret"),
        ];
        let response = self
            .http
            .post(auth.token_url())
            .form(&form)
            .send()
            .await?
            .error_for_status()?;
        let response: serde_json::Value = response.json().await?;
        let fresh = response["access_token"].as_str().ok_or("no token")?.to_owned();
        *token = Some(fresh.clone());
        Ok(fresh)
    }
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let auth = AuthServer::builder().client("me", "not-a-real-secret").start();
    let api = auth.api();
    let client = Arc::new(NaiveClient::default());

    let token = client.token(&auth).await?;
    let response = client.http.get(api.url("/books")).bearer_auth(&token).send().await?;
    println!(
        "happy:   {} after {} token request",
        response.status(),
        auth.token_requests()
    );

    auth.revoke_all();
    let token = client.token(&auth).await?;
    let response = client.http.get(api.url("/books")).bearer_auth(&token).send().await?;
    println!(
        "revoked: {} permanently, because the cache does not notice",
        response.status()
    );

    *client.token.lock().await = None;
    auth.always(MockResponse::new(503));
    let before = auth.token_requests();
    let callers: Vec<_> = (0..20)
        .map(|_| {
            let (client, auth) = (Arc::clone(&client), auth.clone());
            tokio::spawn(async move { client.token(&auth).await.map(|_| ()) })
        })
        .collect();
    for caller in callers {
        assert!(caller.await?.is_err());
    }
    println!(
        "outage:  20 callers sent {} token requests, one after another",
        auth.token_requests() - before
    );
    Ok(())
}
