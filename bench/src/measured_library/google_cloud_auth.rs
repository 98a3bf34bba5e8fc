//! Credentials of a user account, whose headers are requested with empty extensions. `Credentials::headers` recommends
//! this to callers that derive nothing from the headers, "since the credentials already cache the headers".

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use google_cloud_auth::credentials::{CacheableResource, Credentials, user_account};
use http::{Extensions, HeaderMap};
use serde_json::json;
use tokio::sync::OnceCell;
use url::Url;

use super::{CLIENT_ID, CLIENT_SECRET, Setup, StaleToken, Subject};
use crate::scenario_names::Scenario;

#[derive(Clone)]
pub struct GoogleCloudAuth(Arc<Account>);

struct Account {
    token_url: Url,
    credentials: OnceCell<Credentials>,
}

impl Subject for GoogleCloudAuth {
    const NAME: &'static str = "google-cloud-auth";
    const VERSION: &'static str = "1.18.0";

    type TokenId = ();

    /// By default, a fetch makes one attempt.
    async fn new(setup: &Setup) -> Result<Self> {
        Ok(Self(Arc::new(Account {
            token_url: setup.token_url.clone(),
            credentials: OnceCell::new(),
        })))
    }

    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let credentials = match self.0.credentials.get() {
            Some(credentials) => credentials,
            None => self.0.build().await?,
        };
        match credentials.headers(Extensions::new()).await? {
            CacheableResource::New { data, .. } => headers.extend(data),
            CacheableResource::NotModified => bail!("not modified, although no entity tag was passed"),
        }
        Ok(())
    }

    async fn report_rejection(&self, (): &()) -> Result<()> {
        bail!("the library has no such method")
    }

    /// It renews 240 s before expiry; with less remaining lifetime, 10 s after the fetch.
    fn stale_token() -> StaleToken {
        StaleToken::Aged {
            lifetime: Duration::from_secs(241),
            age: Duration::from_millis(950),
        }
    }

    /// Sleeps, because the library's clock cannot be changed. Less than the second after which it renews: otherwise it
    /// could renew before the server starts to fail.
    fn advance_time(&self, by: Duration) {
        thread::sleep(by);
    }

    fn unsupported(scenario: Scenario) -> Option<&'static str> {
        match scenario {
            Scenario::T5 => Some("has no method to report a rejected token"),
            Scenario::T7 => Some(
                "renews 240 s before expiry or, with less remaining lifetime, every 10 s, so a token of 3 s is \
                 expired for 7 s of every 10",
            ),
            _ => None,
        }
    }
}

impl Account {
    /// Builds the credentials on the first call, because this starts a fetch in the background.
    async fn build(&self) -> Result<&Credentials> {
        self.credentials
            .get_or_try_init(|| async {
                let user = json!({
                    "type": "authorized_user",
                    "client_id": CLIENT_ID,
                    "client_secret": CLIENT_SECRET,
                    "refresh_token": "not-a-real-refresh-token",
                });
                user_account::Builder::new(user)
                    .with_token_uri(self.token_url.as_str())
                    .build()
                    .map_err(|error| anyhow!("{error}"))
            })
            .await
    }
}
