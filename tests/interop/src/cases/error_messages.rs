//! Error messages: hints that name a setting, and the server's own message.

use anyhow::{Result, ensure};
use evergrant::client_auth::ClientAuthMethod;
use serde_json::Value;

use super::cli::{auth_flag, execute, expect_code};
use super::rejected_token_requests::{WRONG, expect_rejected, expect_secret_hidden};
use super::server_under_test::transport;
use super::transports::{RecordingTransport, WithoutGrantType};
use super::{Target, Verdict};
use crate::registered_clients::{ClientRegistration, PLAIN, SCOPE_REQUIRED, SPECIAL};
use crate::server::UnknownScope;

pub(super) async fn wrong_basic_form(target: &Target) -> Result<Verdict> {
    let (auth, other) = match target.server.basic {
        ClientAuthMethod::BasicRaw => (ClientAuthMethod::Basic, "raw"),
        _ => (ClientAuthMethod::BasicRaw, "basic"),
    };
    let tokens = target
        .manager_with(SPECIAL.id, SPECIAL.secret, auth)
        .build(transport()?)?;
    let (error, rejection) = expect_rejected(&tokens).await?;
    let setting = match other {
        "raw" => "try raw (ClientSecretBasicRaw) or post (ClientSecretPost)",
        _ => "try basic (ClientSecretBasic) or post (ClientSecretPost)",
    };
    expect_text(&error.to_string(), setting)?;
    expect_secret_hidden(&error, SPECIAL.id, SPECIAL.secret)?;
    let stderr = error_output(target, SPECIAL, auth).await?;
    expect_text(&stderr, &format!("try --auth {other} or --auth post"))?;
    let code = rejection.code().unwrap_or("no code");
    Ok(Verdict::Passed(
        (code != "invalid_client").then(|| format!("responds with {code} to the wrong Basic encoding")),
    ))
}

pub(super) async fn no_scope(target: &Target) -> Result<Verdict> {
    if !target.server.requires_scope {
        return Ok(Verdict::NotSupported("always issues tokens without a scope"));
    }
    let (error, _) = expect_rejected(&target.manager(SCOPE_REQUIRED).build(transport()?)?).await?;
    expect_text(
        &error.to_string(),
        "no scope was sent, and the server may require one: set scopes(..)",
    )?;
    let stderr = error_output(target, SCOPE_REQUIRED, target.server.basic).await?;
    expect_text(&stderr, "pass it with --scope")?;
    let tokens = target
        .manager(SCOPE_REQUIRED)
        .scopes(["books.read"])
        .build(transport()?)?;
    tokens.token().await?;
    Ok(Verdict::PASSED)
}

/// Each error contains the message from the server's JSON.
pub(super) async fn server_message(target: &Target) -> Result<Verdict> {
    let mut without_reason = Vec::new();
    let with = |secret: &str| target.manager_with(PLAIN.id, secret, target.server.basic);
    let mut rejections = vec![
        ("a wrong secret", with(WRONG)),
        (
            "a wrong token URL",
            with(PLAIN.secret).token_url(target.url("no/such/path")),
        ),
    ];
    if target.server.unknown_scope == UnknownScope::Rejected {
        rejections.push(("an unknown scope", with(PLAIN.secret).scopes(["nothing.such"])));
    }
    for (case, manager) in rejections {
        let recording = RecordingTransport::new(transport()?);
        let Err(error) = manager.build(recording.clone())?.token().await else {
            anyhow::bail!("got a token for {case}");
        };
        if !shows_reason(&error, &recording)? {
            without_reason.push(case);
        }
    }
    let recording = RecordingTransport::new(transport()?);
    let tokens = with(PLAIN.secret).build(WithoutGrantType(recording.clone()))?;
    let (error, _) = expect_rejected(&tokens).await?;
    if !shows_reason(&error, &recording)? {
        without_reason.push("a request without grant_type");
    }
    Ok(Verdict::Passed(
        (!without_reason.is_empty()).then(|| format!("gives no reason for {}", without_reason.join(", "))),
    ))
}

/// Whether the server sent a reason, which the error must show.
fn shows_reason(error: &evergrant::Error, recording: &RecordingTransport) -> Result<bool> {
    let body: Value = recording.json().unwrap_or_default();
    let Some(reason) = body["error_description"].as_str() else {
        return Ok(false);
    };
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    expect_text(&words(&error.to_string()), &words(reason))?;
    Ok(true)
}

/// Runs the program without success and returns its error output.
async fn error_output(target: &Target, client: ClientRegistration, auth: ClientAuthMethod) -> Result<String> {
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

pub(super) fn expect_text(text: &str, expected: &str) -> Result<()> {
    ensure!(text.contains(expected), "missing {expected:?} in: {}", text.trim_end());
    Ok(())
}
