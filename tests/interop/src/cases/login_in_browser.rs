//! `evergrant login` with the server's pages in a real browser, then calls with the user's token.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use supervisor::{TempDir, temporary_folder, wait_until_async};
use tokio::process::Command;
use tokio::time::sleep;

use super::cli::expect_code;
use super::{Target, Verdict};
use crate::registered_clients::{SCOPES, SIGN_IN};

const USER: &str = "reader";

/// Maximum time for the browser to close after the program has ended.
const BROWSER_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) async fn login(target: &Target) -> Result<Verdict> {
    let Some(authorization_path) = target.server.authorization_path else {
        return Ok(Verdict::NotSupported("no sign-in pages in this configuration"));
    };
    let home = Home::new()?;
    let user = User {
        target,
        home: &home,
        authorization_url: target.url(authorization_path),
    };
    let before = user.run(&["token"], &[]).await?;
    expect_code(&before, 3).context("before the sign-in")?;

    let output = user
        .run(&["login"], &["--authorization-param", "prompt=consent"])
        .await?;
    let shown = home.browser_result().await;
    expect_code(&output, 0).with_context(|| format!("browser: {shown}"))?;
    ensure!(shown["title"] == "You are signed in", "browser: {shown}");
    ensure!(
        shown["scripts"] == 0 && shown["errors"] == serde_json::json!([]),
        "browser: {shown}"
    );
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let stored = home.stored()?;
    for name in ["access_token", "refresh_token"] {
        let secret = stored["token"][name]
            .as_str()
            .with_context(|| format!("no {name} stored"))?;
        ensure!(!stderr.contains(secret), "standard error shows the {name}");
    }

    let body = user.call().await?;
    ensure!(
        body["client_id"] == SIGN_IN.id && body["user"] == USER,
        "the API returned {body}"
    );
    sleep(Duration::from_secs(SIGN_IN.lifetime.unwrap_or_default() + 1)).await;
    let body = user.call().await.context("after the token's expiry")?;
    ensure!(body["user"] == USER, "the API returned {body}");
    let renewed = home.stored()?;
    for name in ["access_token", "refresh_token"] {
        ensure!(
            stored["token"][name] != renewed["token"][name],
            "the {name} is the same after a renewal"
        );
    }

    expect_code(&user.run(&["logout"], &[]).await?, 0)?;
    expect_code(&user.run(&["token"], &[]).await?, 3).context("after the logout")?;
    Ok(Verdict::PASSED)
}

struct User<'a> {
    target: &'a Target,
    home: &'a Home,
    authorization_url: String,
}

impl User<'_> {
    async fn call(&self) -> Result<Value> {
        let output = self.run(&["call"], &[&self.target.whoami_url()]).await?;
        expect_code(&output, 0)?;
        serde_json::from_slice(&output.stdout).context("standard output is not the API's response")
    }

    async fn run(&self, command: &[&str], arguments: &[&str]) -> Result<Output> {
        let program = &self.target.program;
        let scopes = ["openid", "offline_access"].into_iter().chain(SCOPES);
        let output = Command::new(program.path()?)
            .args(command)
            .args(["--authorization-url", &self.authorization_url])
            .args(["--token-url", &self.target.token_url(), "--client-id", SIGN_IN.id])
            .args(scopes.flat_map(|scope| ["--scope", scope]))
            .args(arguments)
            .env("BROWSER", self.home.browser(program.node.as_path(), &program.browser)?)
            .env("INTEROP_CHROMIUM", "/usr/bin/chromium")
            .env("INTEROP_NODE_MODULES", &program.node_modules)
            .env("INTEROP_RESULT", self.home.0.path().join("result.json"))
            .env("INTEROP_USER", USER)
            .env("HOME", self.home.0.path())
            .env("XDG_STATE_HOME", self.home.0.path())
            .env("NO_PROXY", "127.0.0.1")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await?;
        Ok(output)
    }
}

/// The user's home folder.
struct Home(TempDir);

impl Home {
    fn new() -> Result<Self> {
        temporary_folder("user").map(Self)
    }

    /// Writes a command for `$BROWSER`, which is split at spaces.
    fn browser(&self, node: &Path, script: &Path) -> Result<PathBuf> {
        let path = self.0.path().join("browser");
        let command = format!("#!/bin/sh\nexec '{}' '{}' \"$@\"\n", node.display(), script.display());
        fs::write(&path, command)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
        Ok(path)
    }

    /// The last page in the browser.
    async fn browser_result(&self) -> Value {
        let path = self.0.path().join("result.json");
        let what = "the browser, which was not opened or has not finished";
        let shown = wait_until_async(what, BROWSER_TIMEOUT, async || {
            let text = fs::read(&path).unwrap_or_default();
            Ok(serde_json::from_slice(&text).ok())
        });
        shown.await.unwrap_or_else(|error| Value::String(error.to_string()))
    }

    /// Returns the token stored by the program, and checks that only its owner can read it.
    fn stored(&self) -> Result<Value> {
        let folder = self.0.path().join("evergrant/sessions");
        let mode = |path: &Path| anyhow::Ok(fs::metadata(path)?.permissions().mode() & 0o777);
        ensure!(mode(&folder)? == 0o700, "others can access the folder");
        let mut files = Vec::new();
        for file in fs::read_dir(&folder)? {
            let path = file?.path();
            ensure!(mode(&path)? == 0o600, "others can read {}", path.display());
            files.extend((path.extension() == Some("json".as_ref())).then_some(path));
        }
        ensure!(files.len() == 1, "{} files", files.len());
        Ok(serde_json::from_slice(&fs::read(&files[0])?)?)
    }
}
