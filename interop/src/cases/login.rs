//! `evergrant login`, as a user goes through it: the server's pages in a real browser, then calls with that user's token.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::program::expect_code;
use super::{Target, Verdict};
use crate::client::{SCOPES, SIGN_IN};

const USER: &str = "reader";

/// How long the browser may take to close once the program has ended.
const CLOSING: Duration = Duration::from_secs(10);

pub(super) async fn login(target: &Target) -> Result<Verdict> {
    let Some(authorization_path) = target.server.authorization_path else {
        return Ok(Verdict::NotOffered("it has no pages to sign in at, as we run it"));
    };
    let home = Home::new()?;
    let user = User {
        target,
        home: &home,
        authorization_url: target.url(authorization_path),
    };
    let asked = user.run(&["token"], &[]).await?;
    expect_code(&asked, 3).context("before anybody has signed in")?;

    let output = user
        .run(&["login"], &["--authorization-param", "prompt=consent"])
        .await?;
    let seen = home.seen().await?;
    expect_code(&output, 0).with_context(|| format!("the browser says {seen}"))?;
    ensure!(seen["title"] == "You are signed in", "the browser shows {seen}");
    ensure!(
        seen["scripts"] == 0 && seen["complaints"] == serde_json::json!([]),
        "the page: {seen}"
    );
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let stored = home.stored()?;
    for name in ["access_token", "refresh_token"] {
        let secret = stored["token"][name]
            .as_str()
            .with_context(|| format!("no {name} stored"))?;
        ensure!(!told.contains(secret), "the {name} is told");
    }

    let answer = user.call().await?;
    ensure!(
        answer["client_id"] == SIGN_IN.id && answer["user"] == USER,
        "the API sees {answer}"
    );
    sleep(Duration::from_secs(SIGN_IN.lifetime.unwrap_or_default() + 1)).await;
    let answer = user.call().await.context("after the token's end")?;
    ensure!(answer["user"] == USER, "the API sees {answer}");
    let renewed = home.stored()?;
    for name in ["access_token", "refresh_token"] {
        ensure!(
            stored["token"][name] != renewed["token"][name],
            "the {name} is the same after a renewal"
        );
    }

    expect_code(&user.run(&["logout"], &[]).await?, 0)?;
    expect_code(&user.run(&["token"], &[]).await?, 3).context("after the logout")?;
    Ok(Verdict::HELD)
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
        serde_json::from_slice(&output.stdout).context("not the API's answer on standard output")
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
            .env("INTEROP_SEEN", self.home.0.join("seen.json"))
            .env("INTEROP_USER", USER)
            .env("HOME", &self.home.0)
            .env("XDG_STATE_HOME", &self.home.0)
            .env("NO_PROXY", "127.0.0.1")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await?;
        Ok(output)
    }
}

/// The user's home folder.
struct Home(PathBuf);

impl Home {
    fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("evergrant-interop-{}-user", std::process::id()));
        fs::create_dir(&path).with_context(|| format!("cannot make the folder {}", path.display()))?;
        Ok(Self(path))
    }

    /// A command for `$BROWSER`, which is split at spaces.
    fn browser(&self, node: &Path, script: &Path) -> Result<PathBuf> {
        let path = self.0.join("browser");
        let command = format!("#!/bin/sh\nexec '{}' '{}' \"$@\"\n", node.display(), script.display());
        fs::write(&path, command)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
        Ok(path)
    }

    /// What the browser showed in the end.
    async fn seen(&self) -> Result<Value> {
        let started = Instant::now();
        loop {
            let text = fs::read(self.0.join("seen.json")).unwrap_or_default();
            match serde_json::from_slice(&text) {
                Ok(seen) => return Ok(seen),
                Err(_) if started.elapsed() < CLOSING => sleep(Duration::from_millis(50)).await,
                Err(_) => {
                    return Ok(Value::String(
                        "nothing: it was not opened, or has not come to an end".to_owned(),
                    ));
                }
            }
        }
    }

    /// The token that the program keeps, readable for its owner alone.
    fn stored(&self) -> Result<Value> {
        let folder = self.0.join("evergrant/sessions");
        let mode = |path: &Path| anyhow::Ok(fs::metadata(path)?.permissions().mode() & 0o777);
        ensure!(mode(&folder)? == 0o700, "others can look into the folder");
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

impl Drop for Home {
    fn drop(&mut self) {
        // What cannot be removed stays in the temporary folder; the tokens in it live for seconds.
        let _ = fs::remove_dir_all(&self.0);
    }
}
