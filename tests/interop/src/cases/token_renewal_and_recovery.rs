//! Renewal during calls, and recovery of rejected tokens.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use evergrant::Token;
use tokio::time::{Instant, sleep};

use super::server_under_test::transport;
use super::{Target, Verdict};
use crate::registered_clients::{PLAIN, SHORT};

const LIFETIMES: f64 = 2.3;
const PAUSE: Duration = Duration::from_millis(40);

pub(super) async fn renewal(target: &Target) -> Result<Verdict> {
    let updates = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&updates);
    let tokens = target
        .manager(SHORT)
        .on_token_update(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        })
        .build(transport()?)?;
    let api = target.api(tokens.clone())?;

    let first = tokens.token().await?;
    let lifetime = Duration::from_secs(SHORT.lifetime.unwrap_or_default());
    let duration = lifetime.mul_f64(LIFETIMES);
    let started = Instant::now();
    let mut calls = 0;
    while started.elapsed() < duration {
        let body = api.get("whoami").send_ok().await;
        body.with_context(|| format!("call {calls}, after {:?}", started.elapsed()))?;
        calls += 1;
        sleep(PAUSE).await;
    }
    let last = tokens.token().await?;
    ensure!(different(&first, &last), "the token is the same after {duration:?}");
    let renewals = updates.load(Ordering::Relaxed);
    ensure!(renewals >= 3, "{renewals} tokens in {duration:?}");
    let failures = tokens.status().fetches_failed;
    ensure!(failures == 0, "{failures} fetches failed");
    let rejections = tokens.status().rejections;
    Ok(Verdict::Passed((rejections > 0).then(|| {
        format!("{rejections} of {calls} calls had a token that had just expired at the server, and were repeated")
    })))
}

pub(super) async fn revoked(target: &Target) -> Result<Verdict> {
    let tokens = target.manager(PLAIN).build(transport()?)?;
    let api = target.api(tokens.clone())?;
    api.get("whoami").send_ok().await.context("before the revocation")?;
    let revoked = tokens.token().await?;
    if !target.revoke(&revoked).await? {
        return Ok(Verdict::NotSupported("no revocation endpoint"));
    }
    let result = target.owner(revoked.access_token().expose()).await;
    ensure!(result.is_err(), "the server still accepts the revoked token");

    api.get("whoami").send_ok().await.context("after the revocation")?;
    let token = tokens.token().await?;
    ensure!(different(&revoked, &token), "the revoked token is still in use");
    let rejections = tokens.status().rejections;
    ensure!(rejections == 1, "{rejections} rejections");
    Ok(Verdict::Passed(rejection_note(target)))
}

pub(super) async fn stored(target: &Target) -> Result<Verdict> {
    let stale = Token::new("from-an-earlier-run").with_expires_in(Duration::from_secs(3600));
    let tokens = target.manager(PLAIN).token(stale.clone()).build(transport()?)?;
    let api = target.api(tokens.clone())?;
    api.get("whoami").send_ok().await?;
    let status = tokens.status();
    ensure!(status.rejections == 1, "{} rejections", status.rejections);
    ensure!(status.tokens_fetched == 1, "{} tokens fetched", status.tokens_fetched);
    ensure!(
        different(&stale, &tokens.token().await?),
        "the stored token is still in use"
    );
    Ok(Verdict::Passed(rejection_note(target)))
}

fn different(one: &Token, other: &Token) -> bool {
    one.access_token().expose() != other.access_token().expose()
}

fn rejection_note(target: &Target) -> Option<String> {
    let status = target.server.rejected_token_status;
    (status != 401).then(|| format!("its API responds with {status} to an invalid token: use `renew_when`"))
}
