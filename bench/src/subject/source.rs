//! What an application writes where a library takes its tokens from a source of the application's own: one request.

use std::time::Duration;

use anyhow::Result;
use serde::Deserialize;
use url::Url;

use super::{CLIENT_ID, CLIENT_SECRET, Setup};

#[derive(Debug, Clone)]
pub(super) struct Source {
    client: reqwest::Client,
    token_url: Url,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: u64,
}

impl Source {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            client: reqwest::Client::new(),
            token_url: setup.token_url.clone(),
        }
    }

    /// One attempt: a token, and for how long it is valid.
    pub(super) async fn fetch(&self) -> Result<(String, Duration)> {
        let request = self.client.post(self.token_url.clone());
        let answer: Answer = request
            .basic_auth(CLIENT_ID, Some(CLIENT_SECRET))
            .form(&[("grant_type", "client_credentials")])
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        Ok((answer.access_token, Duration::from_secs(answer.expires_in)))
    }
}
