//! The basic authorizer for client credentials, which renews its token in the background, with the tolerance of 30 s of
//! its README and defaults. The header is added to a request as its `HttpClient` does it.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};
use http::{HeaderMap, header};
use middle::{Authorizer as _, BasicClientCredentialAuthorizer, HttpClient};
use oauth2::reqwest::redirect::Policy;
use tokio::sync::OnceCell;
use url::Url;

use super::{ApiCalls, CLIENT_ID, CLIENT_SECRET, Setup, StaleToken, Subject};
use crate::scenario_names::Scenario;

#[derive(Clone)]
pub struct Middle(Arc<Client>);

struct Client {
    setup: Setup,
    authorizer: OnceCell<BasicClientCredentialAuthorizer>,
}

impl Subject for Middle {
    const NAME: &'static str = "middle";
    const VERSION: &'static str = "0.5.0";

    type TokenId = ();

    async fn new(setup: &Setup) -> Result<Self> {
        Ok(Self(Arc::new(Client {
            setup: setup.clone(),
            authorizer: OnceCell::new(),
        })))
    }

    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let authorizer = match self.0.authorizer.get() {
            Some(authorizer) => authorizer,
            None => self.0.build().await?,
        };
        let value = authorizer.authorization_header()?;
        headers.insert(header::AUTHORIZATION, Arc::unwrap_or_clone(value));
        Ok(())
    }

    async fn report_rejection(&self, (): &()) -> Result<()> {
        bail!("the library has no such method")
    }

    /// It renews 30 s before expiry, but not within one second after the fetch; a shorter token at half its lifetime.
    fn stale_token() -> StaleToken {
        StaleToken::Aged {
            lifetime: Duration::from_secs(31),
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
    async fn build(&self) -> Result<&BasicClientCredentialAuthorizer> {
        self.authorizer
            .get_or_try_init(|| async {
                let token_url = self.setup.token_url.clone();
                let mut builder = BasicClientCredentialAuthorizer::basic_builder(CLIENT_ID, CLIENT_SECRET, token_url)
                    .refresh_tolerance(Duration::from_secs(30));
                if self.setup.retries_disabled() {
                    builder = builder.set_max_retries(0);
                }
                Ok(builder.build().await?)
            })
            .await
    }
}

/// The `HttpClient` of the crate, over reqwest 0.12.
pub struct MiddleClient {
    http: HttpClient<BasicClientCredentialAuthorizer>,
    url: String,
}

impl ApiCalls for Middle {
    type Client = MiddleClient;

    async fn client(&self, books: &Url) -> Result<MiddleClient> {
        let authorizer = self.0.build().await?.clone();
        let http = oauth2::reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .build()?;
        Ok(MiddleClient {
            http: HttpClient::new(authorizer).set_client(http),
            url: books.to_string(),
        })
    }

    async fn call(client: &MiddleClient) -> Result<()> {
        client.http.get(&client.url)?.send().await?.bytes().await?;
        Ok(())
    }
}
