//! Token requests in another shape, and under the application's own name.

use anyhow::{Context as _, Result, ensure};
use evergrant::transport::DEFAULT_USER_AGENT;
use evergrant::{TokenEndpointOptions, TokenManagerBuilder};
use http::HeaderValue;

use super::probe::Recording;
use super::refusals::{expect_code, expect_silence, refused};
use super::target::transport;
use super::{Target, Verdict};
use crate::client::{DPOP, PLAIN};

pub(super) async fn shapes(target: &Target) -> Result<Verdict> {
    let with = |options| target.manager(PLAIN).token_endpoint_options(options);
    let tokens = with(TokenEndpointOptions::new().client_id_in_body()).build(transport()?)?;
    let owner = target.owner(tokens.token().await?.access_token().expose()).await?;
    ensure!(
        owner == PLAIN.id,
        "with client_id in the body, the token is {owner:?}'s"
    );

    let json = with(TokenEndpointOptions::new().json_body());
    match target.server.json {
        Some(code) => expect_refusal(json, code).await?,
        None => drop(json.build(transport()?)?.token().await?),
    }
    let own = with(TokenEndpointOptions::new().grant_type("account_credentials"));
    expect_refusal(own, "unsupported_grant_type").await?;
    Ok(Verdict::Held(Some(match target.server.json {
        Some(code) => format!("it answers {code} to JSON"),
        None => "it takes JSON".to_owned(),
    })))
}

async fn expect_refusal(manager: TokenManagerBuilder, code: &str) -> Result<()> {
    let (error, refusal) = refused(&manager.build(transport()?)?).await?;
    expect_code(&refusal, code)?;
    ensure!(!refusal.hints().is_empty(), "no remedy in: {error}");
    expect_silence(&error, PLAIN.id, PLAIN.secret)
}

/// The server's script returns what the client called itself.
pub(super) async fn user_agent(target: &Target) -> Result<Verdict> {
    let own = || reqwest::Client::builder().user_agent("bookshop/1.0");
    let own = evergrant_reqwest::Transport::from_builder(own)?;
    let option = TokenEndpointOptions::new().user_agent("bookshop-tokens/2.0");
    for (name, transport, options) in [
        (DEFAULT_USER_AGENT, transport()?, None),
        (HeaderValue::from_static("bookshop/1.0"), own.clone(), None),
        (HeaderValue::from_static("bookshop-tokens/2.0"), own, Some(option)),
    ] {
        let recording = Recording::new(transport);
        let manager = target.manager(PLAIN);
        let manager = match options {
            Some(options) => manager.token_endpoint_options(options),
            None => manager,
        };
        manager.build(recording.clone())?.token().await?;
        let response = recording.last()?;
        let seen = response.headers().get("x-seen-user-agent");
        ensure!(seen == Some(&name), "the server saw {seen:?}, and not {name:?}");
    }
    Ok(Verdict::HELD)
}

pub(super) async fn bound_token(target: &Target) -> Result<Verdict> {
    if !target.server.binds_tokens {
        return Ok(Verdict::NotOffered("it binds no token to a key"));
    }
    let (error, refusal) = refused(&target.manager(DPOP).build(transport()?)?).await?;
    expect_silence(&error, DPOP.id, DPOP.secret)?;
    let code = refusal.code().context("no code")?;
    Ok(Verdict::Held(Some(format!(
        "it answers {code} to a request without a proof"
    ))))
}
