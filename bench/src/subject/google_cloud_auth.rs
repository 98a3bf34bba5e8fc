//! Credentials of a user account, whose headers are asked for with empty extensions: what `Credentials::headers`
//! recommends to a caller that derives nothing from them, "since the credentials already cache the headers".

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use google_cloud_auth::credentials::{CacheableResource, Credentials, user_account};
use http::{Extensions, HeaderMap};
use serde_json::json;
use tokio::sync::OnceCell;
use url::Url;

use super::{CLIENT_ID, CLIENT_SECRET, Setup, Stale, Subject};
use crate::scenario::Scenario;

#[derive(Clone)]
pub struct GoogleCloudAuth(Arc<Account>);

struct Account {
    token_url: Url,
    credentials: OnceCell<Credentials>,
}

impl Subject for GoogleCloudAuth {
    const NAME: &'static str = "google-cloud-auth";
    const VERSION: &'static str = "1.18.0";

    type Receipt = ();

    /// Retries need not be turned off: by default, a fetch is one attempt.
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
            CacheableResource::NotModified => bail!("not modified, though no entity tag was given"),
        }
        Ok(())
    }

    async fn rejected(&self, (): &()) -> Result<()> {
        bail!("nothing can be told to it")
    }

    /// 240 s before expiry; where less is left from the start, only 10 s after the fetch.
    fn stale() -> Stale {
        Stale::Aged {
            lifetime: Duration::from_secs(241),
            age: Duration::from_millis(950),
        }
    }

    /// Waited for, because its clock cannot be moved. Not quite the whole second after which it renews, or else the
    /// server might still be well when it does.
    fn age(&self, by: Duration) {
        thread::sleep(by);
    }

    fn cannot(scenario: Scenario) -> Option<&'static str> {
        match scenario {
            Scenario::T5 => Some("has no way to say that a token was refused"),
            Scenario::T7 => Some(
                "renews 240 s before expiry and, where less is left, every 10 s, so that a token of 3 s is expired \
                 for 7 s of every 10",
            ),
            _ => None,
        }
    }
}

impl Account {
    /// Upon the first call, because building the credentials begins to fetch in the background.
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
