//! A token that is dead at the API, without a rule for it: the challenge tells, or else `--renew-on`.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use evergrant::Token;

use super::program::{auth_flag, execute, expect_code};
use super::target::{client_id, transport};
use super::{Target, Verdict};
use crate::client::PLAIN;

/// Through the library, with a stored token that the server does not know.
pub(super) async fn told_by_challenge(target: &Target) -> Result<Verdict> {
    if !target.server.challenges {
        return Ok(Verdict::NotOffered("its API answers without a challenge: `--renew-on`"));
    }
    recovers(target, &target.url("api/")).await?;
    Ok(Verdict::HELD)
}

pub(super) async fn recovers(target: &Target, base: &str) -> Result<()> {
    let stale = Token::new("from-an-earlier-life").with_expires_in(Duration::from_secs(3600));
    let tokens = target.manager(PLAIN).token(stale).build(transport()?)?;
    let api = evergrant_reqwest::Client::builder(tokens.clone())
        .base_url(base)
        .build()?;
    let answer = api.get("whoami").send_ok().await?.json().await?;
    ensure!(client_id(&answer)? == PLAIN.id, "the API sees {answer}");
    ensure!(
        tokens.status().rejections == 1,
        "{} rejections",
        tokens.status().rejections
    );
    Ok(())
}

/// Through the program, with a token that was kept and then revoked.
pub(super) async fn renew_on(target: &Target) -> Result<Verdict> {
    if target.server.revocation_path.is_none() {
        return Ok(Verdict::NotOffered("it has no revocation"));
    }
    let home = tempfile::tempdir()?;
    let state = home
        .path()
        .to_str()
        .context("the temporary folder's name is not UTF-8")?;
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
    let kept = Token::new(String::from_utf8(output.stdout)?.trim());
    target.revoke(&kept).await?;

    let whoami = target.whoami_url();
    if !target.server.challenges {
        expect_code(&run("call", &[&whoami]).await?, 1).context("without --renew-on")?;
    }
    let status = target.server.bad_token.to_string();
    let others: &[&str] = match target.server.challenges {
        true => &[&whoami],
        false => &["--renew-on", &status, &whoami],
    };
    let output = run("call", others).await?;
    expect_code(&output, 0)?;
    let answer = serde_json::from_slice(&output.stdout)?;
    ensure!(client_id(&answer)? == PLAIN.id, "the API sees {answer}");
    Ok(Verdict::Held(
        (!target.server.challenges).then(|| format!("with `--renew-on {status}`")),
    ))
}
