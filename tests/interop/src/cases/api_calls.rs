//! Calls of an API, and introspection of the token.

use anyhow::{Result, ensure};
use serde_json::Value;

use super::server_under_test::{client_id, transport};
use super::{Target, Verdict};
use crate::registered_clients::{PLAIN, SCOPES, SPECIAL};

pub(super) async fn authorized(target: &Target) -> Result<Verdict> {
    for client in [PLAIN, SPECIAL] {
        let tokens = target.manager(client).scopes(SCOPES).build(transport()?)?;
        let body: Value = target.api(tokens)?.get("whoami").send_ok().await?.json().await?;
        let owner = client_id(&body)?;
        ensure!(owner == client.id, "the call was made as {owner:?}");
        expect_scopes(&body)?;
    }
    Ok(Verdict::PASSED)
}

pub(super) async fn introspection(target: &Target) -> Result<Verdict> {
    let tokens = target.manager(PLAIN).scopes(SCOPES).build(transport()?)?;
    let token = tokens.token().await?;
    let Some(body) = target.introspect(&token).await? else {
        return Ok(Verdict::NotSupported("no introspection endpoint"));
    };
    ensure!(body["active"] == true, "the token is not active: {body}");
    let owner = client_id(&body)?;
    ensure!(owner == PLAIN.id, "the token is {owner:?}'s");
    expect_scopes(&body)?;
    Ok(Verdict::PASSED)
}

fn expect_scopes(body: &Value) -> Result<()> {
    let granted = body["scope"].as_str().unwrap_or_default();
    for scope in SCOPES {
        ensure!(
            granted.split(' ').any(|one| one == scope),
            "{scope} is missing in {granted:?}"
        );
    }
    Ok(())
}
