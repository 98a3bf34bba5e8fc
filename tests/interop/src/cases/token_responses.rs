//! Lifetimes and additional members of token responses.

use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use evergrant::Token;

use super::server_under_test::transport;
use super::transports::RecordingTransport;
use super::{Target, Verdict};
use crate::registered_clients::{ClientRegistration, EXPIRES_AT, PLAIN, SHORT};

/// Tolerance for times that are read before and after a request.
const TOLERANCE: Duration = Duration::from_secs(3);

pub(super) async fn lifetimes(target: &Target) -> Result<Verdict> {
    let mut others = Vec::new();
    for client in [PLAIN, SHORT, EXPIRES_AT] {
        let recording = RecordingTransport::new(transport()?);
        let token = target.manager(client).build(recording.clone())?.token().await?;
        let body = recording.json()?;
        check(client, &token, &body)?;
        let members = body.as_object().context("not a JSON object")?;
        let known = ["access_token", "token_type", "expires_in", "scope", "refresh_token"];
        others.extend(members.keys().filter(|name| !known.contains(&name.as_str())).cloned());
    }
    others.sort();
    others.dedup();
    Ok(Verdict::Passed(
        (!others.is_empty()).then(|| format!("adds {}", others.join(", "))),
    ))
}

/// Checks that `expires_in` comes before `expires_at`, and that other members, such as `created_at`, are ignored.
fn check(client: ClientRegistration, token: &Token, body: &serde_json::Value) -> Result<()> {
    let seconds = |name: &str| body[name].as_u64().map(Duration::from_secs);
    match (seconds("expires_in"), seconds("expires_at")) {
        (Some(lifetime), _) => {
            ensure!(
                token.expires_in() == Some(lifetime),
                "{}: {:?} instead of {lifetime:?}",
                client.id,
                token.expires_in()
            );
        }
        (None, Some(end)) => {
            let read = token
                .expires_at()
                .context("the token has no expiry")?
                .duration_since(UNIX_EPOCH)?;
            ensure!(
                read.abs_diff(end) < TOLERANCE,
                "{}: expires at {read:?} instead of {end:?}",
                client.id
            );
        }
        (None, None) => ensure!(
            token.expires_at().is_none(),
            "{}: the token has an expiry, but the response has none",
            client.id
        ),
    }
    Ok(())
}
