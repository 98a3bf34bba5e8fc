//! A custom token provider: it returns the stored token while it is valid, and otherwise renews or replaces it.
//!
//! `cargo run -p thingspace --example thingspace_token_provider` starts an emulation of the API and calls it.

use std::error::Error;
use std::sync::Arc;

use emulations::Thingspace;
use thingspace::evergrant_sdk::TokenEndpoint;
use thingspace::{BuildError, Client, ThingspaceOAuth1Credentials, Token};
use tokio::sync::Mutex;

/// Represents a database.
#[derive(Clone, Default)]
struct Database(Arc<Mutex<Option<Token>>>);

impl Database {
    async fn load_token(&self) -> Option<Token> {
        self.0.lock().await.clone()
    }

    async fn save_token(&self, token: &Token) {
        *self.0.lock().await = Some(token.clone());
    }
}

fn client(emulation: &Thingspace, database: &Database) -> Result<Client, BuildError> {
    let database = database.clone();
    let credentials = ThingspaceOAuth1Credentials::new(Thingspace::OAUTH1_CLIENT_ID, Thingspace::OAUTH1_CLIENT_SECRET)
        // Called when there is no token yet, and when the last one has expired or the API has rejected it.
        .token_provider(move |last: Option<Token>, endpoint: TokenEndpoint| {
            let database = database.clone();
            async move {
                let token = endpoint.use_or_renew(database.load_token().await, last).await?;
                database.save_token(&token).await;
                Ok(token)
            }
        });
    Client::builder()
        .thingspace_oauth1_credentials(credentials)
        .base_url(emulation.api_url())
        .oauth_server_url(emulation.oauth_server_url())
        .build()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (emulation, database) = (Thingspace::start(), Database::default());
    for run in ["first program", "second program"] {
        let client = client(&emulation, &database)?;
        let triggers = client.anomaly_triggers();
        let triggers = triggers.list_rate_plan_triggers(Thingspace::ECPD_ID).send().await?;
        let (count, requests) = (triggers.triggers.len(), emulation.auth_requests().len());
        println!("{run}: {count} triggers, {requests} token request(s) so far");
    }
    assert_eq!(
        emulation.auth_requests().len(),
        1,
        "the second program uses the stored token"
    );
    Ok(())
}
