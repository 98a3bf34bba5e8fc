//! Fetching tokens: client authentication methods, scopes, and concurrent callers.

use anyhow::{Context as _, Result, ensure};
use evergrant::Token;
use evergrant::client_auth::ClientAuthMethod;
use tokio::task::JoinSet;

use super::server_under_test::transport;
use super::transports::CountingTransport;
use super::{Target, Verdict};
use crate::registered_clients::{ClientRegistration, PLAIN, SCOPES, SPECIAL};

const CALLERS: usize = 100;

pub(super) async fn plain(target: &Target) -> Result<Verdict> {
    for auth in [
        ClientAuthMethod::Basic,
        ClientAuthMethod::BasicRaw,
        ClientAuthMethod::Post,
    ] {
        check(target, PLAIN, auth).await?;
    }
    Ok(Verdict::PASSED)
}

pub(super) async fn special(target: &Target) -> Result<Verdict> {
    let basic = target.server.basic;
    check(target, SPECIAL, basic).await?;
    check(target, SPECIAL, ClientAuthMethod::Post).await?;
    Ok(Verdict::Passed((basic == ClientAuthMethod::BasicRaw).then(|| {
        "does not decode Basic: use `ClientSecretBasicRaw` or `ClientSecretPost`".to_owned()
    })))
}

pub(super) async fn scopes(target: &Target) -> Result<Verdict> {
    let tokens = target
        .manager(PLAIN)
        .scopes(SCOPES)
        .strict_scopes()
        .build(transport()?)?;
    let token = tokens.token().await?;
    let granted = token.scopes().context("the token has no scopes")?;
    for scope in SCOPES {
        ensure!(granted.contains(scope), "{scope} was not granted");
    }
    Ok(Verdict::PASSED)
}

pub(super) async fn stampede(target: &Target) -> Result<Verdict> {
    let counting = CountingTransport::new(transport()?);
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
    Ok(Verdict::PASSED)
}

async fn check(target: &Target, client: ClientRegistration, auth: ClientAuthMethod) -> Result<Token> {
    let tokens = target
        .manager_with(client.id, client.secret, auth)
        .build(transport()?)?;
    let token = tokens.token().await.with_context(|| format!("with {auth:?}"))?;
    let owner = target.owner(token.access_token().expose()).await?;
    ensure!(owner == client.id, "with {auth:?}, the token is {owner:?}'s");
    Ok(token)
}
