//! A `TokenWatcher` with the crate's token source for client credentials, and the lifetimes, jitter and back-off of the
//! crate documentation's "General Flow". The file cache, which is for restarts, is not used.

use std::sync::Arc;
use std::time::Duration;

use aliri_clock::DurationSecs;
use aliri_tokens::sources::oauth2::ClientCredentialsTokenSource;
use aliri_tokens::sources::oauth2::dto::{ClientCredentials, ClientCredentialsWithAudience};
use aliri_tokens::{ClientId, ClientSecret, TokenLifetimeConfig, TokenWatcher, backoff, jitter};
use anyhow::{Result, bail};
use http::HeaderMap;
use tokio::sync::OnceCell;

use super::{CLIENT_ID, CLIENT_SECRET, Setup, StaleToken, Subject, add_bearer};
use crate::scenario_names::Scenario;

#[derive(Clone)]
pub struct AliriTokens(Arc<Client>);

struct Client {
    setup: Setup,
    watcher: OnceCell<TokenWatcher>,
}

impl Subject for AliriTokens {
    const NAME: &'static str = "aliri_tokens";
    const VERSION: &'static str = "0.3.2";

    type TokenId = ();

    async fn new(setup: &Setup) -> Result<Self> {
        Ok(Self(Arc::new(Client {
            setup: setup.clone(),
            watcher: OnceCell::new(),
        })))
    }

    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let watcher = match self.0.watcher.get() {
            Some(watcher) => watcher,
            None => self.0.spawn().await?,
        };
        add_bearer(headers, watcher.token().access_token().as_str())
    }

    async fn report_rejection(&self, (): &()) -> Result<()> {
        bail!("the library has no such method")
    }

    /// See [`lifetimes`].
    fn stale_token() -> StaleToken {
        StaleToken::ShortLived(Duration::from_secs(240))
    }

    fn unsupported(scenario: Scenario) -> Option<&'static str> {
        match scenario {
            Scenario::T1 | Scenario::T2 | Scenario::T2Default | Scenario::T6 | Scenario::T8Expired | Scenario::T9 => {
                Some("its constructor fetches the first token, so no caller starts without one")
            }
            Scenario::T5 => Some("has no method to report a rejected token"),
            _ => None,
        }
    }
}

impl Client {
    /// Builds it on the first call, because this fetches a token.
    async fn spawn(&self) -> Result<&TokenWatcher> {
        self.watcher
            .get_or_try_init(|| async {
                let credentials = ClientCredentialsWithAudience {
                    credentials: ClientCredentials {
                        client_id: ClientId::from_static(CLIENT_ID),
                        client_secret: ClientSecret::from_static(CLIENT_SECRET),
                    }
                    .into(),
                    audience: "https://api.invalid".into(),
                };
                let (lifetimes, jitter) = lifetimes(self.setup.scenario);
                let source = ClientCredentialsTokenSource::new(
                    oauth2::reqwest::Client::new(),
                    self.setup.token_url.clone(),
                    credentials,
                    lifetimes,
                );
                let watcher = TokenWatcher::spawn_from_token_source(
                    source,
                    jitter::RandomEarlyJitter::new(jitter),
                    backoff::ErrorBackoffConfig::default(),
                );
                Ok(watcher.await?)
            })
            .await
    }
}

/// Returns when a token is stale, and the maximum jitter by which it is renewed earlier.
fn lifetimes(scenario: Option<Scenario>) -> (TokenLifetimeConfig, DurationSecs) {
    match scenario {
        // Stale from the start: the clock can be changed, but the renewal reads it only every 30 s.
        Some(Scenario::T3 | Scenario::T4 | Scenario::T8) => {
            (TokenLifetimeConfig::new(0.0, DurationSecs(0)), DurationSecs(60))
        }
        // By default each token is fresh for 30 s minus a jitter of up to 60 s, even if it expires after 3 s.
        Some(Scenario::T7) => (TokenLifetimeConfig::new(0.75, DurationSecs(1)), DurationSecs(1)),
        _ => (TokenLifetimeConfig::default(), DurationSecs(60)),
    }
}
