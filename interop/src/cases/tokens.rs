//! Getting a token: every client authentication method, scopes, and many callers at once.

use anyhow::{Context as _, Result, ensure};
use evergrant::{ClientAuth, Token};
use tokio::task::JoinSet;

use super::probe::Counting;
use super::target::transport;
use super::{Target, Verdict};
use crate::client::{PLAIN, Registered, SCOPES, SPECIAL};

const CALLERS: usize = 100;

pub(super) async fn plain(target: &Target) -> Result<Verdict> {
    for auth in [ClientAuth::Basic, ClientAuth::BasicRaw, ClientAuth::Post] {
        check(target, PLAIN, auth).await?;
    }
    Ok(Verdict::HELD)
}

pub(super) async fn special(target: &Target) -> Result<Verdict> {
    let basic = target.server.basic;
    check(target, SPECIAL, basic).await?;
    check(target, SPECIAL, ClientAuth::Post).await?;
    Ok(Verdict::Held((basic == ClientAuth::BasicRaw).then(|| {
        "it does not decode Basic, so `ClientAuth::BasicRaw`, or `Post`".to_owned()
    })))
}

pub(super) async fn scopes(target: &Target) -> Result<Verdict> {
    let tokens = target
        .manager(PLAIN)
        .scopes(SCOPES)
        .strict_scopes()
        .build(transport()?)?;
    let token = tokens.token().await?;
    let granted = token.scopes().context("the token says nothing of its scopes")?;
    for scope in SCOPES {
        ensure!(granted.contains(scope), "{scope} was not granted");
    }
    Ok(Verdict::HELD)
}

pub(super) async fn stampede(target: &Target) -> Result<Verdict> {
    let counting = Counting::new(transport()?);
    let tokens = target.manager(PLAIN).build(counting.clone())?;
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let tokens = tokens.clone();
        callers.spawn(async move { tokens.token().await });
    }
    for token in callers.join_all().await {
        token?;
    }
    let requests = counting.requests();
    ensure!(requests == 1, "{requests} token requests for {CALLERS} callers");
    Ok(Verdict::HELD)
}

async fn check(target: &Target, client: Registered, auth: ClientAuth) -> Result<Token> {
    let tokens = target
        .manager_with(client.id, client.secret, auth)
        .build(transport()?)?;
    let token = tokens.token().await.with_context(|| format!("with {auth:?}"))?;
    let owner = target.owner(token.access_token().expose()).await?;
    ensure!(owner == client.id, "with {auth:?}, the token is {owner:?}'s");
    Ok(token)
}
