//! Invalid tokens without a custom rule: detected by the challenge or by `--renew-on`.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use evergrant::Token;

use super::cli::{auth_flag, execute, expect_code};
use super::server_under_test::{client_id, transport};
use super::{Target, Verdict};
use crate::registered_clients::PLAIN;

/// The library with a stored token that is unknown to the server.
pub(super) async fn challenge(target: &Target) -> Result<Verdict> {
    if !target.server.sends_challenges {
        return Ok(Verdict::NotSupported("its API sends no challenge: use `--renew-on`"));
    }
    expect_recovery(target, &target.url("api/")).await?;
    Ok(Verdict::PASSED)
}

pub(super) async fn expect_recovery(target: &Target, base: &str) -> Result<()> {
    let stale = Token::new("from-an-earlier-run").with_expires_in(Duration::from_secs(3600));
    let tokens = target.manager(PLAIN).token(stale).build(transport()?)?;
    let api = evergrant_reqwest::Client::builder(tokens.clone())
        .base_url(base)
        .build()?;
    let body = api.get("whoami").send_ok().await?.json().await?;
    ensure!(client_id(&body)? == PLAIN.id, "the API returned {body}");
    ensure!(
        tokens.status().rejections == 1,
        "{} rejections",
        tokens.status().rejections
    );
    Ok(())
}

/// The program with a stored token that was revoked.
pub(super) async fn renew_on(target: &Target) -> Result<Verdict> {
    if target.server.revocation_path.is_none() {
        return Ok(Verdict::NotSupported("no revocation endpoint"));
    }
    let home = supervisor::temporary_folder("state")?;
    let state = home
        .path()
        .to_str()
        .context("the path of the temporary folder is not UTF-8")?;
    let url = target.token_url();
    let run = async |command: &str, others: &[&str]| {
        let auth = auth_flag(target.server.basic);
        let arguments = [
            [command, "--token-url", &url, "--client-id", PLAIN.id, "--cache"].as_slice(),
            &["--client-secret-env", "INTEROP_SECRET", "--auth", auth],
            others,
        ]
        .concat();
        execute(
            target,
            &arguments,
            &[("INTEROP_SECRET", PLAIN.secret), ("XDG_STATE_HOME", state)],
        )
        .await
    };
    let output = run("token", &[]).await?;
    expect_code(&output, 0)?;
    let stored = Token::new(String::from_utf8(output.stdout)?.trim());
    target.revoke(&stored).await?;

    let whoami = target.whoami_url();
    if !target.server.sends_challenges {
        expect_code(&run("call", &[&whoami]).await?, 1).context("without --renew-on")?;
    }
    let status = target.server.rejected_token_status.to_string();
    let others: &[&str] = match target.server.sends_challenges {
        true => &[&whoami],
        false => &["--renew-on", &status, &whoami],
    };
    let output = run("call", others).await?;
    expect_code(&output, 0)?;
    let body = serde_json::from_slice(&output.stdout)?;
    ensure!(client_id(&body)? == PLAIN.id, "the API returned {body}");
    Ok(Verdict::Passed(
        (!target.server.sends_challenges).then(|| format!("with `--renew-on {status}`")),
    ))
}
