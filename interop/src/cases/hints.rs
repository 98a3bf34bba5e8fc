//! Messages that name the setting to change: by what was sent, and in the server's own words.

use anyhow::{Result, ensure};
use evergrant::ClientAuth;
use serde_json::Value;

use super::probe::{Recording, WithoutGrantType};
use super::program::{auth_flag, execute, expect_code};
use super::refusals::{WRONG, expect_silence, refused};
use super::target::transport;
use super::{Target, Verdict};
use crate::client::{PLAIN, Registered, SCOPE_REQUIRED, SPECIAL};
use crate::server::UnknownScope;

pub(super) async fn wrong_basic_form(target: &Target) -> Result<Verdict> {
    let (auth, other) = match target.server.basic {
        ClientAuth::BasicRaw => (ClientAuth::Basic, "raw"),
        _ => (ClientAuth::BasicRaw, "basic"),
    };
    let tokens = target
        .manager_with(SPECIAL.id, SPECIAL.secret, auth)
        .build(transport()?)?;
    let (error, refusal) = refused(&tokens).await?;
    let setting = match other {
        "raw" => "try raw (ClientAuth::BasicRaw) or post (ClientAuth::Post)",
        _ => "try basic (ClientAuth::Basic) or post (ClientAuth::Post)",
    };
    expect_text(&error.to_string(), setting)?;
    expect_silence(&error, SPECIAL.id, SPECIAL.secret)?;
    let told = told(target, SPECIAL, auth).await?;
    expect_text(&told, &format!("try --auth {other}, or --auth post"))?;
    let code = refusal.code().unwrap_or("no code");
    Ok(Verdict::Held(
        (code != "invalid_client").then(|| format!("it answers {code} to the other form of Basic")),
    ))
}

pub(super) async fn no_scope(target: &Target) -> Result<Verdict> {
    if !target.server.requires_scope {
        return Ok(Verdict::NotOffered(
            "it gives a token without a scope, whatever is configured",
        ));
    }
    let (error, _) = refused(&target.manager(SCOPE_REQUIRED).build(transport()?)?).await?;
    expect_text(
        &error.to_string(),
        "no scope was sent, and the server may require one: name it with scopes(..)",
    )?;
    let told = told(target, SCOPE_REQUIRED, target.server.basic).await?;
    expect_text(&told, "name it with --scope")?;
    let tokens = target
        .manager(SCOPE_REQUIRED)
        .scopes(["books.read"])
        .build(transport()?)?;
    tokens.token().await?;
    Ok(Verdict::HELD)
}

/// Each refusal has what the server said in its JSON, wherever it said it.
pub(super) async fn own_words(target: &Target) -> Result<Verdict> {
    let mut silent = Vec::new();
    let with = |secret: &str| target.manager_with(PLAIN.id, secret, target.server.basic);
    let mut refusals = vec![
        ("a wrong secret", with(WRONG)),
        (
            "a wrong token URL",
            with(PLAIN.secret).token_url(target.url("no/such/path")),
        ),
    ];
    if target.server.unknown_scope == UnknownScope::Refused {
        refusals.push(("an unknown scope", with(PLAIN.secret).scopes(["nothing.such"])));
    }
    for (what, manager) in refusals {
        let recording = Recording::new(transport()?);
        let Err(error) = manager.build(recording.clone())?.token().await else {
            anyhow::bail!("a token was given for {what}");
        };
        if !shows_reason(&error, &recording)? {
            silent.push(what);
        }
    }
    let recording = Recording::new(transport()?);
    let tokens = with(PLAIN.secret).build(WithoutGrantType(recording.clone()))?;
    let (error, _) = refused(&tokens).await?;
    if !shows_reason(&error, &recording)? {
        silent.push("a request without grant_type");
    }
    Ok(Verdict::Held(
        (!silent.is_empty()).then(|| format!("it gives no reason for {}", silent.join(", "))),
    ))
}

/// Whether there is one.
fn shows_reason(error: &evergrant::Error, recording: &Recording) -> Result<bool> {
    let body: Value = recording.json().unwrap_or_default();
    let Some(reason) = body["error_description"].as_str() else {
        return Ok(false);
    };
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    expect_text(&words(&error.to_string()), &words(reason))?;
    Ok(true)
}

/// What the program says when it gets no token.
async fn told(target: &Target, client: Registered, auth: ClientAuth) -> Result<String> {
    let url = target.token_url();
    let arguments = [
        ["token", "--token-url", &url, "--client-id", client.id].as_slice(),
        &["--client-secret-env", "INTEROP_SECRET", "--auth", auth_flag(auth)],
    ]
    .concat();
    let output = execute(target, &arguments, &[("INTEROP_SECRET", client.secret)]).await?;
    expect_code(&output, 3)?;
    Ok(String::from_utf8(output.stderr)?)
}

pub(super) fn expect_text(text: &str, wanted: &str) -> Result<()> {
    ensure!(text.contains(wanted), "no {wanted:?} in: {}", text.trim_end());
    Ok(())
}
