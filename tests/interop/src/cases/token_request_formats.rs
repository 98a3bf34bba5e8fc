//! Other formats of token requests, and the user agent.

use anyhow::{Context as _, Result, ensure};
use evergrant::transport::DEFAULT_USER_AGENT;
use evergrant::{TokenEndpointOptions, TokenManagerBuilder};
use evergrant_jose::{Algorithm, Dpop, PrivateKey};
use http::HeaderValue;

use super::rejected_token_requests::{expect_code, expect_rejected, expect_secret_hidden};
use super::server_under_test::{client_id, transport};
use super::transports::RecordingTransport;
use super::{Target, Verdict};
use crate::registered_clients::{DPOP, PLAIN};

pub(super) async fn formats(target: &Target) -> Result<Verdict> {
    let with = |options| target.manager(PLAIN).token_endpoint_options(options);
    let tokens = with(TokenEndpointOptions::new().client_id_in_body()).build(transport()?)?;
    let owner = target.owner(tokens.token().await?.access_token().expose()).await?;
    ensure!(
        owner == PLAIN.id,
        "with client_id in the body, the token is {owner:?}'s"
    );

    let json = with(TokenEndpointOptions::new().json_body());
    match target.server.json_rejection_code {
        Some(code) => expect_rejection(json, code).await?,
        None => drop(json.build(transport()?)?.token().await?),
    }
    let custom = target.manager(PLAIN).grant_type("account_credentials");
    expect_rejection(custom, "unsupported_grant_type").await?;
    Ok(Verdict::Passed(Some(match target.server.json_rejection_code {
        Some(code) => format!("responds with {code} to JSON"),
        None => "accepts JSON".to_owned(),
    })))
}

async fn expect_rejection(manager: TokenManagerBuilder, code: &str) -> Result<()> {
    let (error, rejection) = expect_rejected(&manager.build(transport()?)?).await?;
    expect_code(&rejection, code)?;
    ensure!(!rejection.hints().is_empty(), "no hint in: {error}");
    expect_secret_hidden(&error, PLAIN.id, PLAIN.secret)
}

/// The server's script returns the client's user agent in a header.
pub(super) async fn user_agent(target: &Target) -> Result<Verdict> {
    let own = || reqwest::Client::builder().user_agent("bookshop/1.0");
    let own = evergrant_reqwest::Transport::from_builder(own)?;
    let option = TokenEndpointOptions::new().user_agent("bookshop-tokens/2.0");
    for (name, transport, options) in [
        (DEFAULT_USER_AGENT, transport()?, None),
        (HeaderValue::from_static("bookshop/1.0"), own.clone(), None),
        (HeaderValue::from_static("bookshop-tokens/2.0"), own, Some(option)),
    ] {
        let recording = RecordingTransport::new(transport);
        let manager = target.manager(PLAIN);
        let manager = match options {
            Some(options) => manager.token_endpoint_options(options),
            None => manager,
        };
        manager.build(recording.clone())?.token().await?;
        let response = recording.last()?;
        let seen = response.headers().get("x-seen-user-agent");
        ensure!(seen == Some(&name), "the server got {seen:?} instead of {name:?}");
    }
    Ok(Verdict::PASSED)
}

pub(super) async fn bound_token(target: &Target) -> Result<Verdict> {
    if !target.server.binds_tokens {
        return Ok(Verdict::NotSupported("does not bind tokens to keys"));
    }
    let (error, rejection) = expect_rejected(&target.manager(DPOP).build(transport()?)?).await?;
    expect_secret_hidden(&error, DPOP.id, DPOP.secret)?;
    let code = rejection.code().context("no code")?;
    for dpop in [Dpop::generate()?, Dpop::new(PrivateKey::generate(Algorithm::EdDsa)?)?] {
        let tokens = target.manager(DPOP).proof(dpop.clone()).build(transport()?)?;
        let key = tokens.token().await?.bound_key("jkt");
        ensure!(key == Some(dpop.thumbprint()), "the token is bound to {key:?}");
        let api = target.api(tokens.clone())?;
        for _ in 0..2 {
            let owner = client_id(&api.get("whoami?page=2").send_ok().await?.json().await?)?;
            ensure!(owner == DPOP.id, "the token belongs to {owner}");
        }
        ensure!(tokens.status().rejections == 0, "the API rejected a token");
    }
    Ok(Verdict::Passed(Some(format!(
        "responds with {code} to a request without a proof; nonces of both servers"
    ))))
}
