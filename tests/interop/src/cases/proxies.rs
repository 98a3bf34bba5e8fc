//! Third-party reverse and forward proxies: success, and errors that name the cause.

use std::process::Output;

use anyhow::{Context as _, Result, ensure};
use evergrant::TokenEndpointOptions;

use super::cli::{auth_flag, execute, expect_code};
use super::error_messages::expect_text;
use super::invalid_tokens::expect_recovery;
use super::rejected_token_requests::{expect_rejected, expect_secret_hidden};
use super::server_under_test::transport;
use super::transports::RecordingTransport;
use super::{Target, Verdict};
use crate::registered_clients::PLAIN;
use crate::server::Proxies;

const GATEWAY_KEY: &str = "gateway-not-a-real-key";
const PASSWORD: &str = "proxy-not-a-real-password";

/// HAProxy compresses each response, although the library does not request it.
pub(super) async fn gzip(target: &Target) -> Result<Verdict> {
    let url = target.token_url_at("http", proxies(target)?.gzip);
    let response = target.request_token(&url).await?;
    let encoding = response.headers().get("content-encoding");
    ensure!(
        encoding.is_some_and(|encoding| encoding == "gzip"),
        "HAProxy does not compress"
    );
    let recording = RecordingTransport::new(transport()?);
    let tokens = target.manager(PLAIN).token_url(&url).build(recording.clone())?;
    let owner = target.owner(tokens.token().await?.access_token().expose()).await?;
    ensure!(owner == PLAIN.id, "the token is {owner:?}'s");
    expect_token(target, &url, &[], &[]).await?;
    Ok(Verdict::PASSED)
}

/// nginx requires a header.
pub(super) async fn gateway_key(target: &Target) -> Result<Verdict> {
    let url = target.token_url_at("http", proxies(target)?.gateway);
    let manager = || target.manager(PLAIN).token_url(&url);
    let (error, _) = expect_rejected(&manager().build(transport()?)?).await?;
    expect_text(&error.to_string(), "No API key found in request")?;
    expect_text(&error.to_string(), "TokenEndpointOptions::header")?;
    expect_failure(target, &url, &[], &[], "--token-header").await?;
    let wrong = TokenEndpointOptions::new().header("X-Api-Key", "wrong-not-a-real-key");
    let (error, _) = expect_rejected(&manager().token_endpoint_options(wrong).build(transport()?)?).await?;
    expect_secret_hidden(&error, "X-Api-Key", "wrong-not-a-real-key")?;
    let right = TokenEndpointOptions::new().header("X-Api-Key", GATEWAY_KEY);
    manager()
        .token_endpoint_options(right)
        .build(transport()?)?
        .token()
        .await?;
    let flag = ["--token-header", "X-Api-Key=env:GATEWAY_KEY"];
    expect_token(target, &url, &flag, &[("GATEWAY_KEY", GATEWAY_KEY)]).await?;
    Ok(Verdict::PASSED)
}

/// nginx uses certificates of a private authority.
pub(super) async fn tls(target: &Target) -> Result<Verdict> {
    let proxies = proxies(target)?;
    let ca_flags = [
        "--ca-file",
        proxies.ca_file.to_str().context("a file name that is not UTF-8")?,
    ];
    let url = target.token_url_at("https", proxies.tls);
    expect_token(target, &url, &ca_flags, &[]).await?;
    let plain = target.token_url_at("http", proxies.tls);
    let encrypted = target.token_url_at("https", proxies.gateway);
    let mutual = target.token_url_at("https", proxies.client_certificate);
    for (url, flags, cause) in [
        (&url, [].as_slice(), "--ca-file"),
        (&plain, &[], "https://"),
        (&encrypted, &[], "does not support TLS"),
        (&mutual, &ca_flags, "client certificate"),
    ] {
        expect_failure(target, url, flags, &[], cause)
            .await
            .with_context(|| format!("expected {cause}"))?;
    }
    Ok(Verdict::PASSED)
}

/// tinyproxy requires a user and a password.
pub(super) async fn forward(target: &Target) -> Result<Verdict> {
    let proxies = proxies(target)?;
    let ca_flags = [
        "--ca-file",
        proxies.ca_file.to_str().context("a file name that is not UTF-8")?,
    ];
    let url = target.token_url_at("https", proxies.tls);
    let port = proxies.forward;
    let with = |user: &str| format!("http://{user}127.0.0.1:{port}");
    let shown = with("");
    // tinyproxy responds with 407 without a password, and with 401 to a wrong one.
    for (user, cause) in [
        (format!("reader:{PASSWORD}@"), None),
        (format!("reader:wrong-{PASSWORD}@"), Some("user and password")),
        (String::new(), Some("requires a user and a password")),
    ] {
        let proxy = with(&user);
        let environment = [("https_proxy", proxy.as_str()), ("NO_PROXY", "")];
        let Some(cause) = cause else {
            expect_token(target, &url, &ca_flags, &environment).await?;
            continue;
        };
        let stderr = expect_failure(target, &url, &ca_flags, &environment, cause).await?;
        expect_text(&stderr, &shown)?;
        ensure!(!stderr.contains(PASSWORD), "the error shows the proxy's password");
    }
    Ok(Verdict::PASSED)
}

/// HAProxy changes 401 to 403 and keeps the challenge.
pub(super) async fn challenge(target: &Target) -> Result<Verdict> {
    let port = proxies(target)?.forbidden;
    expect_recovery(target, &format!("http://127.0.0.1:{port}/api/")).await?;
    Ok(Verdict::PASSED)
}

fn proxies(target: &Target) -> Result<&Proxies> {
    target.proxies.as_ref().context("the server has no proxies")
}

async fn expect_token(target: &Target, url: &str, flags: &[&str], environment: &[(&str, &str)]) -> Result<()> {
    let output = token(target, url, flags, environment).await?;
    expect_code(&output, 0)?;
    let owner = target.owner(String::from_utf8(output.stdout)?.trim()).await?;
    ensure!(owner == PLAIN.id, "the token is {owner:?}'s");
    Ok(())
}

/// Expects a failure and returns the error output.
async fn expect_failure(
    target: &Target,
    url: &str,
    flags: &[&str],
    environment: &[(&str, &str)],
    cause: &str,
) -> Result<String> {
    let output = token(target, url, flags, environment).await?;
    let stderr = String::from_utf8(output.stderr)?;
    ensure!(
        matches!(output.status.code(), Some(3 | 4)),
        "{}: {stderr}",
        output.status
    );
    expect_text(&stderr, cause)?;
    Ok(stderr)
}

async fn token(target: &Target, url: &str, flags: &[&str], environment: &[(&str, &str)]) -> Result<Output> {
    let arguments = [
        ["token", "--token-url", url, "--client-id", PLAIN.id].as_slice(),
        &[
            "--client-secret-env",
            "INTEROP_SECRET",
            "--auth",
            auth_flag(target.server.basic),
        ],
        flags,
    ]
    .concat();
    let environment = [&[("INTEROP_SECRET", PLAIN.secret)], environment].concat();
    execute(target, &arguments, &environment).await
}
