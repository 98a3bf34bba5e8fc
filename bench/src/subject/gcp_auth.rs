//! A custom service account, one for all callers, which is asked for the token upon each call and which the crate's
//! documentation says does all the caching: "the caller should not cache tokens".

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gcp_auth::{CustomServiceAccount, TokenProvider as _};
use http::HeaderMap;
use serde_json::json;

use super::{Setup, Stale, Subject, bearer};
use crate::scenario::Scenario;

#[derive(Clone)]
pub struct GcpAuth(Arc<CustomServiceAccount>);

const SCOPES: &[&str] = &["https://www.googleapis.com/auth/cloud-platform"];

/// Signs the assertions of every instance; made anew in each run.
static PRIVATE_KEY: LazyLock<Option<String>> = LazyLock::new(|| {
    let pair = KeyPair::generate(KeySize::Rsa2048).ok()?;
    let der: Pkcs8V1Der<'_> = pair.as_der().ok()?;
    let label = "PRIVATE KEY";
    let body = STANDARD.encode(der.as_ref());
    Some(format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"))
});

impl Subject for GcpAuth {
    const NAME: &'static str = "gcp_auth";
    const VERSION: &'static str = "0.12.7";

    type Receipt = ();

    /// Retries cannot be turned off: a fetch is up to five attempts.
    async fn new(setup: &Setup) -> Result<Self> {
        let private_key = PRIVATE_KEY.as_ref().context("no RSA key")?;
        let account = json!({
            "type": "service_account",
            "project_id": "not-a-real-project",
            "client_email": "nobody@not-a-real-project.invalid",
            "private_key": private_key,
            "token_uri": setup.token_url,
        });
        Ok(Self(Arc::new(CustomServiceAccount::from_json(&account.to_string())?)))
    }

    async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        let token = self.0.token(SCOPES).await?;
        bearer(headers, token.as_str())
    }

    async fn rejected(&self, (): &()) -> Result<()> {
        bail!("nothing can be told to it")
    }

    /// 20 s before expiry.
    fn stale() -> Stale {
        Stale::IssuedFor(Duration::from_secs(16))
    }

    fn cannot(scenario: Scenario) -> Option<&'static str> {
        match scenario {
            Scenario::T5 => Some("has no way to say that a token was refused"),
            Scenario::T7 => Some("takes a token for expired 20 s before it is, so that one of 3 s is never fresh"),
            _ => None,
        }
    }
}
