//! The application code that fetches a token, for libraries that leave this to the application: one request.

use std::time::Duration;

use anyhow::Result;
use serde::Deserialize;
use url::Url;

use super::{CLIENT_ID, CLIENT_SECRET, Setup};

#[derive(Debug, Clone)]
pub(super) struct TokenSource {
    client: reqwest::Client,
    token_url: Url,
}

#[derive(Deserialize)]
struct TokenResponse {
    access_token: String,
    expires_in: u64,
}

impl TokenSource {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            client: reqwest::Client::new(),
            token_url: setup.token_url.clone(),
        }
    }

    /// Fetches a token in one attempt. Returns the token and its lifetime.
    pub(super) async fn fetch(&self) -> Result<(String, Duration)> {
        let request = self.client.post(self.token_url.clone());
        let response: TokenResponse = request
            .basic_auth(CLIENT_ID, Some(CLIENT_SECRET))
            .form(&[("grant_type", "client_credentials")])
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        Ok((response.access_token, Duration::from_secs(response.expires_in)))
    }
}
