//! Tokens that generated SDKs store load here, and the reverse: with a real SDK and its runtime, in TypeScript and in Python.

use std::process::Stdio;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evergrant::{ClientAuth, Token};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::target::transport;
use super::{Target, Verdict};
use crate::client::{PLAIN, Registered, SPECIAL};
use crate::server::Platform;

/// A token that an SDK has fetched.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fetched {
    /// What the token request carried.
    authorization: String,
    access_token: String,
    /// The JSON texts that applications of the SDK store.
    stored: Vec<String>,
}

/// What an SDK does with a stored token: a call carries the header, or is refused.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Loaded {
    Authorization(String),
    Refused(String),
}

pub(super) async fn both_ways(target: &Target) -> Result<Verdict> {
    if target.server.platform == Platform::Ruby {
        return Ok(Verdict::NotOffered(
            "the SDKs run with the servers in their own languages",
        ));
    }
    let client = match target.server.basic {
        ClientAuth::BasicRaw => SPECIAL,
        _ => PLAIN,
    };
    let fetched = fetch(target, client).await?;
    let raw = format!("Basic {}", STANDARD.encode(format!("{}:{}", client.id, client.secret)));
    ensure!(fetched.authorization == raw, "the SDK does not send raw Basic");
    for stored in &fetched.stored {
        loads_here(target, client, &fetched.access_token, stored).await?;
    }
    loads_there(target).await?;
    Ok(Verdict::HELD)
}

async fn loads_here(target: &Target, client: Registered, access_token: &str, stored: &str) -> Result<()> {
    let token = Token::from_json(stored).context("a stored token does not load")?;
    ensure!(
        token.access_token().expose() == access_token,
        "another token was loaded"
    );
    let expires_at = token.expires_at().context("the loaded token has no expiry")?;
    let lifetime = token.expires_in().context("the loaded token has no lifetime")?;
    let off = expires_at
        .duration_since(now() + lifetime)
        .unwrap_or_else(|early| early.duration());
    ensure!(off < Duration::from_secs(60), "the expiry is {off:?} off");

    let tokens = target.manager(client).token(token).build(transport()?)?;
    target.api(tokens.clone())?.get("whoami").send_ok().await?;
    ensure!(tokens.status().tokens_obtained == 0, "the loaded token was not used");
    Ok(())
}

async fn loads_there(target: &Target) -> Result<()> {
    let token = target.manager(PLAIN).build(transport()?)?.token().await?;
    let written = |token: &Token| match target.server.platform {
        Platform::Node => token.expose_json_camel_case(),
        Platform::Python | Platform::Ruby => token.expose_json(),
    };
    let hour = Duration::from_secs(3600);
    let (valid, expired) = (written(&token), written(&token.clone().with_expires_at(now() - hour)));
    let soon = written(&token.clone().with_expires_at(now() + hour));
    let texts = [
        (&valid, None),
        (&valid, Some(10)),
        (&soon, Some(7200)),
        (&expired, None),
        (&expired, Some(10)),
    ];
    let texts = texts.map(|(text, skew)| match skew {
        Some(skew) => json!({ "text": text, "clockSkew": skew }),
        None => json!({ "text": text }),
    });
    let loaded: Vec<Loaded> = run(target, json!({ "load": texts })).await?;
    let header = format!("Bearer {}", token.access_token().expose());
    let (used, refused) = loaded.split_at(2);
    ensure!(
        used.iter()
            .all(|loaded| *loaded == Loaded::Authorization(header.clone())),
        "the SDK does not send the token that was written for it"
    );
    for loaded in refused {
        let Loaded::Refused(reason) = loaded else {
            anyhow::bail!("the SDK sends a token that has expired");
        };
        ensure!(reason.contains("expired"), "the SDK refuses the token: {reason}");
    }
    let caller = target.caller(&header).await?;
    ensure!(caller == PLAIN.id, "the API takes the caller for {caller:?}");
    Ok(())
}

async fn fetch(target: &Target, client: Registered) -> Result<Fetched> {
    let fetch = json!({ "url": target.token_url(), "id": client.id, "secret": client.secret });
    run(target, json!({ "fetch": fetch })).await
}

/// Runs the script of the server's own language. Secrets go through its standard input.
async fn run<T: for<'de> Deserialize<'de>>(target: &Target, input: Value) -> Result<T> {
    let program = &target.program;
    let (interpreter, script) = match target.server.platform {
        Platform::Node => (&program.node, "sdk.mjs"),
        Platform::Python | Platform::Ruby => (&program.python, "sdk.py"),
    };
    let mut script = Command::new(interpreter)
        .arg(program.sdks.join(script))
        .env("INTEROP_NODE_MODULES", &program.node_modules)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdin = script.stdin.take().context("no standard input")?;
    stdin.write_all(input.to_string().as_bytes()).await?;
    drop(stdin);
    let output = script.wait_with_output().await?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the SDK's script failed: {}", told.trim_end());
    Ok(serde_json::from_slice(&output.stdout)?)
}

#[expect(clippy::disallowed_methods, reason = "what another program counts by")]
fn now() -> SystemTime {
    SystemTime::now()
}
