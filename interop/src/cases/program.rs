//! The program `evergrant`, as a shell would use it: the secret in the environment, the result on standard output.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use evergrant::ClientAuth;
use serde_json::Value;
use tokio::process::Command;

use super::target::client_id;
use super::{Target, Verdict};
use crate::client::{Registered, SCOPES, SPECIAL};
use crate::install::Installation;

const WRONG: &str = "wrong-not-a-real-secret";

/// The program, or why there is none; and what its user's browser is made of.
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
    /// Has cargo build it.
    pub(crate) async fn build(installation: &Installation) -> Self {
        Self {
            path: built().await.map_err(|error| format!("{error:#}")),
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
    let token = token.strip_suffix('\n').context("no end of line after the token")?;
    ensure!(
        !token.contains(char::is_whitespace),
        "more than a token on standard output"
    );
    let owner = target.owner(token).await?;
    ensure!(owner == SPECIAL.id, "the token is {owner:?}'s");

    let output = run(target, SPECIAL, WRONG, &["token"], &[]).await?;
    expect_code(&output, 3)?;
    let told = String::from_utf8(output.stderr)?;
    ensure!(output.stdout.is_empty(), "a refusal, and something on standard output");
    ensure!(told.trim_end().lines().count() == 1, "not one line: {told}");
    ensure!(told.contains("invalid_client"), "no cause in: {told}");
    ensure!(!told.contains(WRONG), "the error shows the secret");
    Ok(Verdict::HELD)
}

pub(super) async fn call(target: &Target) -> Result<Verdict> {
    let output = run(target, SPECIAL, SPECIAL.secret, &["call"], &[&target.whoami_url()]).await?;
    expect_code(&output, 0)?;
    let answer: Value = serde_json::from_slice(&output.stdout).context("not the API's answer on standard output")?;
    let owner = client_id(&answer)?;
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
    Ok(Verdict::HELD)
}

async fn run(
    target: &Target,
    client: Registered,
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

/// Runs the program. A proxy in our environment has no say about loopback.
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

/// What `--auth` calls it.
pub(super) fn auth_flag(auth: ClientAuth) -> &'static str {
    match auth {
        ClientAuth::BasicRaw => "raw",
        ClientAuth::Post => "post",
        _ => "basic",
    }
}

pub(super) fn expect_code(output: &Output, code: i32) -> Result<()> {
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.code() == Some(code),
        "{}, and not {code}: {}",
        output.status,
        told.trim_end()
    );
    Ok(())
}

async fn built() -> Result<PathBuf> {
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
        let told = String::from_utf8_lossy(&output.stderr);
        let cause = told.lines().find(|line| line.starts_with("error")).unwrap_or_default();
        bail!("the program cannot be built: {cause}");
    }
    output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "evergrant")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .context("cargo built no program")
}
