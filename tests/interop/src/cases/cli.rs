//! The program `evergrant` as used in a shell: the secret in the environment, the result on standard output.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use evergrant::client_auth::ClientAuthMethod;
use serde_json::Value;
use supervisor::{temporary_folder, write_private};
use tokio::process::Command;

use super::server_under_test::client_id;
use super::{Target, Verdict};
use crate::assertion_keys::key_clients;
use crate::install::Installation;
use crate::registered_clients::{ClientRegistration, SCOPES, SPECIAL};

const WRONG: &str = "wrong-not-a-real-secret";

/// The program, or why it could not be built, and the tools of the cases.
#[derive(Debug)]
pub(crate) struct Program {
    path: Result<PathBuf, String>,
    pub(super) node: PathBuf,
    pub(super) node_modules: PathBuf,
    pub(super) browser: PathBuf,
    pub(super) python: PathBuf,
    /// The folder of the scripts that use generated SDKs.
    pub(super) sdks: PathBuf,
}

impl Program {
    /// Creates a handle to the program, or to the error of its build.
    pub(crate) fn new(path: Result<PathBuf>, installation: &Installation) -> Self {
        Self {
            path: path.map_err(|error| format!("{error:#}")),
            node: installation.node.clone(),
            node_modules: installation.node_modules.clone(),
            browser: installation.sources.join("oidc-provider/browser.mjs"),
            python: installation.python.clone(),
            sdks: installation.sources.join("generated-sdks"),
        }
    }

    pub(super) fn path(&self) -> Result<&Path> {
        match &self.path {
            Ok(path) => Ok(path),
            Err(reason) => bail!("{reason}"),
        }
    }
}

pub(super) async fn token(target: &Target) -> Result<Verdict> {
    let output = run(target, SPECIAL, SPECIAL.secret, &["token"], &[]).await?;
    expect_code(&output, 0)?;
    let token = String::from_utf8(output.stdout)?;
    let token = token.strip_suffix('\n').context("no line break after the token")?;
    ensure!(
        !token.contains(char::is_whitespace),
        "standard output has more than the token"
    );
    let owner = target.owner(token).await?;
    ensure!(owner == SPECIAL.id, "the token is {owner:?}'s");

    let output = run(target, SPECIAL, WRONG, &["token"], &[]).await?;
    expect_code(&output, 3)?;
    let stderr = String::from_utf8(output.stderr)?;
    ensure!(
        output.stdout.is_empty(),
        "standard output is not empty after a rejection"
    );
    ensure!(stderr.trim_end().lines().count() == 1, "more than one line: {stderr}");
    ensure!(stderr.contains("invalid_client"), "no cause in: {stderr}");
    ensure!(!stderr.contains(WRONG), "the error shows the secret");
    Ok(Verdict::PASSED)
}

pub(super) async fn call(target: &Target) -> Result<Verdict> {
    let output = run(target, SPECIAL, SPECIAL.secret, &["call"], &[&target.whoami_url()]).await?;
    expect_code(&output, 0)?;
    let body: Value = serde_json::from_slice(&output.stdout).context("standard output is not the API's response")?;
    let owner = client_id(&body)?;
    ensure!(owner == SPECIAL.id, "the call was made as {owner:?}");

    let output = run(
        target,
        SPECIAL,
        SPECIAL.secret,
        &["call"],
        &[&target.url("api/nothing-such")],
    )
    .await?;
    expect_code(&output, 1)?;
    Ok(Verdict::PASSED)
}

/// A client with a key or with a secret that signs, and nothing but the issuer.
pub(super) async fn key(target: &Target) -> Result<Verdict> {
    let known = target.server.assertion_algorithms;
    if known.is_empty() || !target.server.publishes_metadata {
        return Ok(Verdict::NotSupported("has no client assertions or no metadata"));
    }
    let folder = temporary_folder("keys")?;
    for client in key_clients()?.iter().filter(|client| known.contains(&client.algorithm)) {
        let file = folder.path().join(&client.id);
        write_private(&file, &client.file_content()?)?;
        let file = file.to_str().context("the path is not UTF-8")?;
        let credential = match client.has_key() {
            true => ["--key-file", file, "--auth", "private_key_jwt"],
            false => ["--client-secret-file", file, "--auth", "client_secret_jwt"],
        };
        let arguments = [
            &["token", "--issuer", target.issuer(), "--client-id", &client.id][..],
            &credential,
            &["--key-algorithm", client.algorithm.name()],
        ]
        .concat();
        let output = execute(target, &arguments, &[]).await?;
        expect_code(&output, 0).with_context(|| client.algorithm.to_string())?;
        let token = String::from_utf8(output.stdout)?;
        let owner = target.owner(token.trim_end()).await?;
        ensure!(owner == client.id, "the token is {owner:?}'s");
    }
    Ok(Verdict::PASSED)
}

async fn run(
    target: &Target,
    client: ClientRegistration,
    secret: &str,
    command: &[&str],
    arguments: &[&str],
) -> Result<Output> {
    let url = target.token_url();
    let arguments = [
        command,
        &["--token-url", &url, "--client-id", client.id],
        &[
            "--client-secret-env",
            "INTEROP_SECRET",
            "--auth",
            auth_flag(target.server.basic),
        ],
        &SCOPES.map(|scope| ["--scope", scope]).concat(),
        arguments,
    ]
    .concat();
    execute(target, &arguments, &[("INTEROP_SECRET", secret)]).await
}

/// Runs the program, without proxies for loopback.
pub(super) async fn execute(target: &Target, arguments: &[&str], environment: &[(&str, &str)]) -> Result<Output> {
    let output = Command::new(target.program.path()?)
        .args(arguments)
        .env("NO_PROXY", "127.0.0.1")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await?;
    Ok(output)
}

/// The value of `--auth`.
pub(super) fn auth_flag(auth: ClientAuthMethod) -> &'static str {
    match auth {
        ClientAuthMethod::BasicRaw => "raw",
        ClientAuthMethod::Post => "post",
        _ => "basic",
    }
}

pub(super) fn expect_code(output: &Output, code: i32) -> Result<()> {
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.code() == Some(code),
        "{} instead of {code}: {}",
        output.status,
        stderr.trim_end()
    );
    Ok(())
}

/// Builds the program with cargo.
pub(crate) async fn build_program() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "build",
            "--package",
            "evergrant-cli",
            "--message-format",
            "json-render-diagnostics",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .context("cannot run cargo")?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let cause = stderr
            .lines()
            .find(|line| line.starts_with("error"))
            .unwrap_or_default();
        bail!("cannot build the program: {cause}");
    }
    output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "evergrant")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .context("cargo did not report the program's path")
}
