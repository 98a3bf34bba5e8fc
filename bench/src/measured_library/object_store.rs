//! The client secret credentials of the Azure store, with the token endpoint set by `with_authority_host`. The cache is
//! private; `MicrosoftAzure::credentials` is the documented access to its tokens.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};
use http::HeaderMap;
use object_store::azure::{AzureCredential, MicrosoftAzureBuilder};
use object_store::{CredentialProvider, RetryConfig};

use super::{CLIENT_ID, CLIENT_SECRET, Setup, StaleToken, Subject, add_bearer};
use crate::scenario_names::Scenario;

#[derive(Clone)]
pub struct ObjectStore(Arc<dyn CredentialProvider<Credential = AzureCredential>>);

impl Subject for ObjectStore {
    const NAME: &'static str = "object_store";
    const VERSION: &'static str = "0.14.2";

    type TokenId = ();

    async fn new(setup: &Setup) -> Result<Self> {
        // The builder appends a tenant and a path. The question mark turns them into a query.
        let authority = format!("{}?", setup.token_url);
        let mut builder = MicrosoftAzureBuilder::new()
            .with_account("account")
            .with_container_name("container")
            .with_client_secret_authorization(CLIENT_ID, CLIENT_SECRET, "tenant")
            .with_authority_host(authority)
            .with_allow_http(true);
        if setup.retries_disabled() {
            builder = builder.with_retry(RetryConfig {
                max_retries: 0,
                ..RetryConfig::default()
            });
        }
        Ok(Self(Arc::clone(builder.build()?.credentials())))
    }

    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let credential = self.0.get_credential().await?;
        let AzureCredential::BearerToken(token) = &*credential else {
            bail!("not a bearer token");
        };
        add_bearer(headers, token)
    }

    async fn report_rejection(&self, (): &()) -> Result<()> {
        Ok(())
    }

    /// It renews 5 minutes before expiry, but not within 100 ms after a fetch.
    fn stale_token() -> StaleToken {
        StaleToken::Aged {
            lifetime: Duration::from_secs(240),
            age: Duration::from_millis(150),
        }
    }

    /// Sleeps, because the library's clock cannot be changed.
    fn advance_time(&self, by: Duration) {
        thread::sleep(by);
    }

    fn unsupported(scenario: Scenario) -> Option<&'static str> {
        match scenario {
            Scenario::T5 => Some("its credential provider has no method to drop a rejected token"),
            Scenario::T7 => Some("renews 300 s before expiry, so a token of 3 s is never fresh"),
            _ => None,
        }
    }
}
