//! A typical hand-written cache: the `oauth2` crate, and the token with its expiry in a tokio `RwLock`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use http::HeaderMap;
use oauth2::basic::BasicClient;
use oauth2::{ClientId, ClientSecret, EndpointNotSet, EndpointSet, TokenResponse as _, TokenUrl};
use tokio::sync::RwLock;

use super::{CLIENT_ID, CLIENT_SECRET, Setup, StaleToken, Subject, add_bearer};

type Client = BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

#[derive(Clone)]
pub struct OAuth2RwLock(Arc<Cache>);

struct Cache {
    client: Client,
    http: oauth2::reqwest::Client,
    token: RwLock<Option<(String, Instant)>>,
}

/// The token is renewed this long before expiry: a typical margin of such caches.
const MARGIN: Duration = Duration::from_secs(30);

impl Subject for OAuth2RwLock {
    const NAME: &'static str = "oauth2 + RwLock";
    const VERSION: &'static str = "5.0.0";

    type TokenId = ();

    async fn new(setup: &Setup) -> Result<Self> {
        let client = BasicClient::new(ClientId::new(CLIENT_ID.to_owned()))
            .set_client_secret(ClientSecret::new(CLIENT_SECRET.to_owned()))
            .set_token_uri(TokenUrl::from_url(setup.token_url.clone()));
        let http = oauth2::reqwest::ClientBuilder::new()
            .redirect(oauth2::reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self(Arc::new(Cache {
            client,
            http,
            token: RwLock::new(None),
        })))
    }

    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let token = self.0.token().await?;
        add_bearer(headers, &token)
    }

    /// Drops the cached token, whichever token was rejected: such a cache does not know the token of a request.
    async fn report_rejection(&self, (): &()) -> Result<()> {
        *self.0.token.write().await = None;
        Ok(())
    }

    fn stale_token() -> StaleToken {
        StaleToken::ShortLived(Duration::from_secs(24))
    }
}

impl Cache {
    async fn token(&self) -> Result<String> {
        if let Some(token) = fresh(&*self.token.read().await) {
            return Ok(token);
        }
        let mut cached = self.token.write().await;
        if let Some(token) = fresh(&cached) {
            return Ok(token);
        }
        let response = self
            .client
            .exchange_client_credentials()
            .request_async(&self.http)
            .await
            .map_err(|error| anyhow!("{error}"))?;
        let token = response.access_token().secret().clone();
        let lifetime = response.expires_in().unwrap_or(Duration::from_secs(3600));
        *cached = Some((token.clone(), Instant::now() + lifetime));
        Ok(token)
    }
}

fn fresh(cached: &Option<(String, Instant)>) -> Option<String> {
    let (token, expiry) = cached.as_ref()?;
    (*expiry > Instant::now() + MARGIN).then(|| token.clone())
}
