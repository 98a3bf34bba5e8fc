//! Tokens with nothing but the issuer: the metadata that the server publishes has the endpoints.

use anyhow::{Context as _, Result, ensure};
use evergrant::ClientCredentials;
use evergrant::discovery::{Discovery, Endpoint};

use super::server_under_test::transport;
use super::{Target, Verdict};
use crate::registered_clients::PLAIN;

pub(super) async fn issuer(target: &Target) -> Result<Verdict> {
    if !target.server.publishes_metadata {
        return Ok(Verdict::NotSupported("publishes no metadata"));
    }
    let issuer = target.url("");
    let issuer = issuer.trim_end_matches('/');
    let tokens = ClientCredentials::builder(PLAIN.id, target.server.basic.with(PLAIN.secret))
        .issuer(issuer)
        .build(transport()?)?;
    let token = tokens.token().await?;
    let owner = target.owner(token.access_token().expose()).await?;
    ensure!(owner == PLAIN.id, "the token belongs to {owner}");

    let metadata = tokens.server_metadata().await?.context("no metadata")?;
    for (endpoint, path) in [
        (Endpoint::Token, Some(target.server.token_path)),
        (Endpoint::Introspection, target.server.introspection_path),
        (Endpoint::Revocation, target.server.revocation_path),
    ] {
        let found = metadata.endpoint(endpoint).map(ToString::to_string);
        ensure!(found == path.map(|path| target.url(path)), "{endpoint:?}: {found:?}");
    }
    ensure!(
        metadata.invalid_endpoints().is_empty(),
        "{:?}",
        metadata.invalid_endpoints()
    );

    let other = format!("{issuer}/realms/a");
    let error = Discovery::new(transport()?).server(&other).await.err();
    error.context("the metadata of another issuer was accepted")?;
    Ok(Verdict::Passed(Some(format!("at {}", metadata.url().path()))))
}
