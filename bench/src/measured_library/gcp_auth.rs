//! One custom service account for all callers, which returns the token for each call. The crate's documentation says
//! that it caches: "the caller should not cache tokens".

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

use super::{Setup, StaleToken, Subject, add_bearer};
use crate::scenario_names::Scenario;

#[derive(Clone)]
pub struct GcpAuth(Arc<CustomServiceAccount>);

const SCOPES: &[&str] = &["https://www.googleapis.com/auth/cloud-platform"];

/// Signs the assertions of all instances. Generated once per run.
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

    type TokenId = ();

    /// Retries cannot be disabled: a fetch makes up to five attempts.
    async fn new(setup: &Setup) -> Result<Self> {
        let private_key = PRIVATE_KEY.as_ref().context("cannot generate an RSA key")?;
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
        add_bearer(headers, token.as_str())
    }

    async fn report_rejection(&self, (): &()) -> Result<()> {
        bail!("the library has no such method")
    }

    /// It renews 20 s before expiry.
    fn stale_token() -> StaleToken {
        StaleToken::ShortLived(Duration::from_secs(16))
    }

    fn unsupported(scenario: Scenario) -> Option<&'static str> {
        match scenario {
            Scenario::T5 => Some("has no method to report a rejected token"),
            Scenario::T7 => Some("treats a token as expired 20 s before expiry, so a token of 3 s is never fresh"),
            _ => None,
        }
    }
}
