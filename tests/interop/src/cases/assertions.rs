//! Clients that authenticate with an assertion, and assertions as grants (RFC 7523).

use anyhow::{Context as _, Result, ensure};
use evergrant::client_auth::{ClientSecretBasic, NoClientAuth, SharedClientAuth};
use evergrant::{ClientCredentials, Error, JwtBearer, TokenManager};
use evergrant_jose::{Algorithm, AssertionOptions, PrivateKey, PrivateKeyJwt};

use super::server_under_test::transport;
use super::{Target, Verdict};
use crate::assertion_keys::{KeyClient, key_clients};
use crate::registered_clients::PLAIN;

const RESOURCE: &str = "https://api.example.com/books";
const NOT_SUPPORTED: Verdict = Verdict::NotSupported("has no client assertions");

/// The clients whose algorithm the server verifies.
fn clients(target: &Target) -> Result<Vec<&'static KeyClient>> {
    let known = target.server.assertion_algorithms;
    let clients = key_clients()?.iter();
    Ok(clients.filter(|client| known.contains(&client.algorithm)).collect())
}

fn manager(target: &Target, id: &str, auth: SharedClientAuth) -> Result<TokenManager> {
    let builder = ClientCredentials::builder(id, auth)
        .issuer(target.issuer())
        .token_url(target.token_url());
    Ok(builder.build(transport()?)?)
}

pub(super) async fn algorithms(target: &Target) -> Result<Verdict> {
    let clients = clients(target)?;
    if clients.is_empty() {
        return Ok(NOT_SUPPORTED);
    }
    for client in &clients {
        let tokens = manager(target, &client.id, client.auth())?;
        // Twice, with another assertion: the server rejects a repeated `jti`.
        for _ in 0..2 {
            let token = tokens
                .fetch_token()
                .await
                .with_context(|| client.algorithm.to_string())?;
            let owner = target.owner(token.access_token().expose()).await?;
            ensure!(owner == client.id, "the token belongs to {owner}");
        }
    }
    let names: Vec<&str> = clients.iter().map(|client| client.algorithm.name()).collect();
    Ok(Verdict::Passed(Some(names.join(" "))))
}

pub(super) async fn resource(target: &Target) -> Result<Verdict> {
    if !target.server.has_resources {
        return Ok(Verdict::NotSupported("does not bind tokens to a resource"));
    }
    let tokens = target.manager(PLAIN).resource(RESOURCE).build(transport()?)?;
    let introspected = target
        .introspect(&tokens.token().await?)
        .await?
        .context("no introspection")?;
    ensure!(
        introspected["aud"] == RESOURCE,
        "the token is for {}",
        introspected["aud"]
    );
    Ok(Verdict::PASSED)
}

pub(super) async fn rejected(target: &Target) -> Result<Verdict> {
    let clients = clients(target)?;
    let Some(client) = clients.iter().find(|client| client.algorithm == Algorithm::Es256) else {
        return Ok(NOT_SUPPORTED);
    };
    let other_key = PrivateKeyJwt::new(PrivateKey::generate(Algorithm::Es256)?);
    let elsewhere = AssertionOptions::new().audience("https://elsewhere.example.com");
    let key = PrivateKey::parse(&client.file_content()?)?;
    let wrong_audience = PrivateKeyJwt::new(key).options(elsewhere);
    for auth in [other_key, wrong_audience] {
        let outcome = manager(target, &client.id, auth.into())?.token().await;
        let Err(Error::OAuthProvider(error)) = outcome else {
            anyhow::bail!("accepted, or another error: {outcome:?}");
        };
        ensure!(error.code() == Some("invalid_client"), "{error}");
    }
    Ok(Verdict::PASSED)
}

pub(super) async fn jwt_bearer(target: &Target) -> Result<Verdict> {
    if !target.server.has_jwt_bearer {
        return Ok(Verdict::NotSupported("has no JWT bearer grant"));
    }
    let client = clients(target)?
        .into_iter()
        .find(|client| client.algorithm == Algorithm::Es256);
    let client = client.context("no client with ES256")?;
    let key = PrivateKey::parse(&client.file_content()?)?;
    let grant = JwtBearer::new(evergrant_jose::SignedAssertion::new(&client.id, key).audience(target.token_url()));
    for auth in [
        NoClientAuth.into(),
        SharedClientAuth::new(ClientSecretBasic::new(PLAIN.secret)),
    ] {
        let tokens = grant
            .clone()
            .builder(PLAIN.id, auth)
            .token_url(target.token_url())
            .build(transport()?)?;
        for _ in 0..2 {
            let token = tokens.fetch_token().await?;
            let owner = target.owner(token.access_token().expose()).await?;
            ensure!(owner == client.id, "the token belongs to {owner}");
        }
    }
    Ok(Verdict::PASSED)
}
