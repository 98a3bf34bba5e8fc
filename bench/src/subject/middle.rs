//! The basic authorizer for client credentials, which keeps its token fresh in the background, with the 30 s of
//! tolerance that both its README and its defaults say; the header goes into a request as its `HttpClient` does that.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};
use http::{HeaderMap, header};
use middle::{Authorizer as _, BasicClientCredentialAuthorizer};
use tokio::sync::OnceCell;

use super::{CLIENT_ID, CLIENT_SECRET, Setup, Stale, Subject};
use crate::scenario::Scenario;

#[derive(Clone)]
pub struct Middle(Arc<Client>);

struct Client {
    setup: Setup,
    authorizer: OnceCell<BasicClientCredentialAuthorizer>,
}

impl Subject for Middle {
    const NAME: &'static str = "middle";
    const VERSION: &'static str = "0.5.0";

    type Receipt = ();

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

    async fn rejected(&self, (): &()) -> Result<()> {
        bail!("nothing can be told to it")
    }

    /// 30 s before expiry, but never within a second of the fetch; of a token with less than that, at half its time.
    fn stale() -> Stale {
        Stale::Aged {
            lifetime: Duration::from_secs(31),
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
            Scenario::T1 | Scenario::T2 | Scenario::T2Default | Scenario::T6 | Scenario::T8Expired | Scenario::T9 => {
                Some("its constructor fetches the first token, so that there are no callers without one")
            }
            Scenario::T5 => Some("has no way to say that a token was refused"),
            _ => None,
        }
    }
}

impl Client {
    /// Upon the first call, because this fetches.
    async fn build(&self) -> Result<&BasicClientCredentialAuthorizer> {
        self.authorizer
            .get_or_try_init(|| async {
                let token_url = self.setup.token_url.clone();
                let mut builder = BasicClientCredentialAuthorizer::basic_builder(CLIENT_ID, CLIENT_SECRET, token_url)
                    .refresh_tolerance(Duration::from_secs(30));
                if self.setup.retries_off() {
                    builder = builder.set_max_retries(0);
                }
                Ok(builder.build().await?)
            })
            .await
    }
}
