//! The client secret of its Azure store, with the token endpoint that the builder's `with_authority_host` names; the
//! cache itself is private, and `MicrosoftAzure::credentials` is the documented way to the tokens in it.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};
use http::HeaderMap;
use object_store::azure::{AzureCredential, MicrosoftAzureBuilder};
use object_store::{CredentialProvider, RetryConfig};

use super::{CLIENT_ID, CLIENT_SECRET, Setup, Stale, Subject, bearer};
use crate::scenario::Scenario;

#[derive(Clone)]
pub struct ObjectStore(Arc<dyn CredentialProvider<Credential = AzureCredential>>);

impl Subject for ObjectStore {
    const NAME: &'static str = "object_store";
    const VERSION: &'static str = "0.14.2";

    type Receipt = ();

    async fn new(setup: &Setup) -> Result<Self> {
        // It appends a tenant and a path, which the question mark makes a query of.
        let authority = format!("{}?", setup.token_url);
        let mut builder = MicrosoftAzureBuilder::new()
            .with_account("account")
            .with_container_name("container")
            .with_client_secret_authorization(CLIENT_ID, CLIENT_SECRET, "tenant")
            .with_authority_host(authority)
            .with_allow_http(true);
        if setup.retries_off() {
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
        bearer(headers, token)
    }

    async fn rejected(&self, (): &()) -> Result<()> {
        Ok(())
    }

    /// It renews 5 minutes before expiry, but leaves a token alone for 100 ms after fetching it.
    fn stale() -> Stale {
        Stale::Aged {
            lifetime: Duration::from_secs(240),
            age: Duration::from_millis(150),
        }
    }

    /// It has no clock to move, so that the time has to pass.
    fn age(&self, by: Duration) {
        thread::sleep(by);
    }

    fn cannot(scenario: Scenario) -> Option<&'static str> {
        match scenario {
            Scenario::T5 => Some("its credential provider has no way to drop a token that the API refused"),
            Scenario::T7 => Some("it renews 300 s before expiry, so that a token of 3 s is never fresh"),
            _ => None,
        }
    }
}
