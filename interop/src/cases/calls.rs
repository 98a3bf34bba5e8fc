//! Calling an API with a token, and having the server say whose it is.

use anyhow::{Result, ensure};
use serde_json::Value;

use super::target::{client_id, transport};
use super::{Target, Verdict};
use crate::client::{PLAIN, SCOPES, SPECIAL};

pub(super) async fn authorized(target: &Target) -> Result<Verdict> {
    for client in [PLAIN, SPECIAL] {
        let tokens = target.manager(client).scopes(SCOPES).build(transport()?)?;
        let answer: Value = target.api(tokens)?.get("whoami").send_ok().await?.json().await?;
        let owner = client_id(&answer)?;
        ensure!(owner == client.id, "the call was made as {owner:?}");
        expect_scopes(&answer)?;
    }
    Ok(Verdict::HELD)
}

pub(super) async fn introspection(target: &Target) -> Result<Verdict> {
    let tokens = target.manager(PLAIN).scopes(SCOPES).build(transport()?)?;
    let token = tokens.token().await?;
    let Some(answer) = target.introspect(&token).await? else {
        return Ok(Verdict::NotOffered("it has no introspection"));
    };
    ensure!(answer["active"] == true, "the token is not active: {answer}");
    let owner = client_id(&answer)?;
    ensure!(owner == PLAIN.id, "the token is {owner:?}'s");
    expect_scopes(&answer)?;
    Ok(Verdict::HELD)
}

fn expect_scopes(answer: &Value) -> Result<()> {
    let granted = answer["scope"].as_str().unwrap_or_default();
    for scope in SCOPES {
        ensure!(
            granted.split(' ').any(|one| one == scope),
            "{scope} is not among {granted:?}"
        );
    }
    Ok(())
}
