//! What else servers put into their responses, and what it means.

use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use evergrant::Token;

use super::probe::Recording;
use super::target::transport;
use super::{Target, Verdict};
use crate::client::{EXPIRES_AT, PLAIN, Registered, SHORT};

/// Clocks of the same machine, read at two ends of a request.
const TOLERANCE: Duration = Duration::from_secs(3);

pub(super) async fn lifetimes(target: &Target) -> Result<Verdict> {
    let mut others = Vec::new();
    for client in [PLAIN, SHORT, EXPIRES_AT] {
        let recording = Recording::new(transport()?);
        let token = target.manager(client).build(recording.clone())?.token().await?;
        let body = recording.json()?;
        check(client, &token, &body)?;
        let members = body.as_object().context("no object")?;
        let known = ["access_token", "token_type", "expires_in", "scope", "refresh_token"];
        others.extend(members.keys().filter(|name| !known.contains(&name.as_str())).cloned());
    }
    others.sort();
    others.dedup();
    Ok(Verdict::Held(
        (!others.is_empty()).then(|| format!("it adds {}", others.join(", "))),
    ))
}

/// A lifetime comes first, then an end; nothing else, such as `created_at`, is taken for either.
fn check(client: Registered, token: &Token, body: &serde_json::Value) -> Result<()> {
    let seconds = |name: &str| body[name].as_u64().map(Duration::from_secs);
    match (seconds("expires_in"), seconds("expires_at")) {
        (Some(lifetime), _) => {
            ensure!(
                token.expires_in() == Some(lifetime),
                "{}: {:?}, and not {lifetime:?}",
                client.id,
                token.expires_in()
            );
        }
        (None, Some(end)) => {
            let read = token
                .expires_at()
                .context("no expiry was read")?
                .duration_since(UNIX_EPOCH)?;
            ensure!(
                read.abs_diff(end) < TOLERANCE,
                "{}: ends at {read:?}, and not {end:?}",
                client.id
            );
        }
        (None, None) => ensure!(
            token.expires_at().is_none(),
            "{}: an expiry, and the server names none",
            client.id
        ),
    }
    Ok(())
}
