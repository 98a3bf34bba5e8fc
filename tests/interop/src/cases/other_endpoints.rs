//! Introspection, revocation, pushed requests and device authorization with the library.

use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use evergrant::client_auth::PublicClient;
use evergrant::discovery::Endpoint;
use evergrant::{AuthorizationCode, DeviceAuthorization};
use tokio::process::Command;

use super::server_under_test::transport;
use super::{Target, Verdict};
use crate::registered_clients::{PLAIN, SCOPES, SIGN_IN};

const USER: &str = "reader";

/// A service learns about a token, which is then revoked.
pub(super) async fn introspection_and_revocation(target: &Target) -> Result<Verdict> {
    let (Some(introspection), Some(revocation)) = (target.server.introspection_path, target.server.revocation_path)
    else {
        return Ok(Verdict::NotSupported("no introspection or revocation endpoint"));
    };
    let tokens = target
        .manager(PLAIN)
        .scopes(SCOPES)
        .introspection_url(target.url(introspection))
        .revocation_url(target.url(revocation))
        .build(transport()?)?;
    let first = tokens.token().await?;
    let introspect = async |token: &evergrant::Token| {
        let service = tokens.introspection().build()?;
        anyhow::Ok(service.introspect(token.access_token().expose()).await?)
    };
    let introspected = introspect(&first).await?.context("the token is not active")?;
    ensure!(introspected.client_id() == Some(PLAIN.id), "it is another client's");
    ensure!(introspected.scopes().contains(SCOPES[0]), "its scopes are missing");
    tokens.revoke().await?;
    ensure!(introspect(&first).await?.is_none(), "the revoked token is active");
    let second = tokens.token().await?;
    ensure!(
        second.access_token().expose() != first.access_token().expose(),
        "it is the same token"
    );
    ensure!(introspect(&second).await?.is_some(), "the new token is not active");
    let expiry = match (introspected.expires_at(), introspected.member("exp")) {
        (Some(_), _) => return Ok(Verdict::PASSED),
        (None, Some(member)) => format!("has `exp` {member} for a token that does not expire"),
        (None, None) => "has no `exp`".to_owned(),
    };
    Ok(Verdict::Passed(Some(expiry)))
}

/// The server accepts a pushed request, and shows its sign-in page for it.
pub(super) async fn pushed_request(target: &Target) -> Result<Verdict> {
    if target.server.authorization_path.is_none() {
        return Ok(Verdict::NotSupported("no sign-in pages in this configuration"));
    }
    let tokens = AuthorizationCode::builder(SIGN_IN.id, PublicClient)
        .issuer(target.issuer())
        .redirect_uri("http://127.0.0.1:8765/callback")
        .scopes(["openid"])
        .build(transport()?)?;
    let request = tokens.sign_in()?.begin_pushed().await?;
    let query = request.url().query().unwrap_or_default();
    ensure!(query.contains("request_uri=") && !query.contains("state="), "{query}");
    let page = target.get(request.url().as_str()).await?;
    ensure!(
        page.contains("name=\"login\""),
        "the server shows no sign-in page: {page}"
    );
    Ok(Verdict::PASSED)
}

/// A user approves in a browser, and signs out.
pub(super) async fn device(target: &Target) -> Result<Verdict> {
    if target.server.authorization_path.is_none() {
        return Ok(Verdict::NotSupported("no sign-in pages in this configuration"));
    }
    let tokens = DeviceAuthorization::builder(SIGN_IN.id, PublicClient)
        .issuer(target.issuer())
        .scopes(["openid", "offline_access"])
        .build(transport()?)?;
    let metadata = tokens.server_metadata().await?.context("no metadata")?;
    ensure!(
        metadata.endpoint(Endpoint::DeviceAuthorization).is_some(),
        "no device authorization"
    );
    let sign_in = tokens.sign_in()?;
    let request = sign_in.begin_device().await?;
    let url = request.verification_uri_complete().context("no complete URL")?;
    let program = &target.program;
    let browser = Command::new(&program.node)
        .arg(program.browser.with_file_name("device.mjs"))
        .arg(url.as_str())
        .env("INTEROP_CHROMIUM", "/usr/bin/chromium")
        .env("INTEROP_NODE_MODULES", &program.node_modules)
        .env("INTEROP_USER", USER)
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let (browser, token) = tokio::join!(browser, sign_in.finish_device(&request));
    let shown = browser.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let token = token.with_context(|| format!("browser: {shown:?}"))?;
    let owner = target.owner(token.access_token().expose()).await?;
    ensure!(owner == SIGN_IN.id, "the token is {owner:?}'s");
    tokens.revoke().await?;
    ensure!(
        target.owner(token.access_token().expose()).await.is_err(),
        "the revoked token is accepted"
    );
    ensure!(tokens.token().await.is_err(), "the user is still signed in");
    Ok(Verdict::PASSED)
}
