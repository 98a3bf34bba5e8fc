//! Exchange of stored tokens with third-party generated SDKs in TypeScript and Python, in both directions.

use std::process::Stdio;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evergrant::Token;
use evergrant::client_auth::ClientAuthMethod;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::server_under_test::transport;
use super::{Target, Verdict};
use crate::registered_clients::{ClientRegistration, PLAIN, SPECIAL};
use crate::server::Platform;

/// A token fetched by an SDK.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fetched {
    /// The `Authorization` header of the token request.
    authorization: String,
    access_token: String,
    /// The JSON forms that applications of the SDK store.
    stored: Vec<String>,
}

/// Result of loading a stored token in an SDK: the header of a call, or the reason why the token is rejected.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Loaded {
    Authorization(String),
    Rejected(String),
}

pub(super) async fn stored_tokens(target: &Target) -> Result<Verdict> {
    if target.server.platform == Platform::Ruby {
        return Ok(Verdict::NotSupported(
            "the SDKs run only with servers in their own languages",
        ));
    }
    let client = match target.server.basic {
        ClientAuthMethod::BasicRaw => SPECIAL,
        _ => PLAIN,
    };
    let fetched = fetch(target, client).await?;
    let raw = format!("Basic {}", STANDARD.encode(format!("{}:{}", client.id, client.secret)));
    ensure!(fetched.authorization == raw, "the SDK does not send raw Basic");
    for stored in &fetched.stored {
        expect_library_loads(target, client, &fetched.access_token, stored).await?;
    }
    expect_sdk_loads(target).await?;
    Ok(Verdict::PASSED)
}

async fn expect_library_loads(
    target: &Target,
    client: ClientRegistration,
    access_token: &str,
    stored: &str,
) -> Result<()> {
    let token = Token::from_json(stored).context("a stored token does not load")?;
    ensure!(
        token.access_token().expose() == access_token,
        "a different token was loaded"
    );
    let expires_at = token.expires_at().context("the loaded token has no expiry")?;
    let lifetime = token.expires_in().context("the loaded token has no lifetime")?;
    let difference = expires_at
        .duration_since(now() + lifetime)
        .unwrap_or_else(|early| early.duration());
    ensure!(
        difference < Duration::from_secs(60),
        "the expiry differs by {difference:?}"
    );

    let tokens = target.manager(client).token(token).build(transport()?)?;
    target.api(tokens.clone())?.get("whoami").send_ok().await?;
    ensure!(tokens.status().tokens_fetched == 0, "the loaded token was not used");
    Ok(())
}

async fn expect_sdk_loads(target: &Target) -> Result<()> {
    let token = target.manager(PLAIN).build(transport()?)?.token().await?;
    let encode = |token: &Token| match target.server.platform {
        Platform::Node => token.expose_json_camel_case(),
        Platform::Python | Platform::Ruby => token.expose_json(),
    };
    let hour = Duration::from_secs(3600);
    let (valid, expired) = (encode(&token), encode(&token.clone().with_expires_at(now() - hour)));
    let soon = encode(&token.clone().with_expires_at(now() + hour));
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
    let (accepted, rejected) = loaded.split_at(2);
    ensure!(
        accepted
            .iter()
            .all(|loaded| *loaded == Loaded::Authorization(header.clone())),
        "the SDK does not send the stored token"
    );
    for loaded in rejected {
        let Loaded::Rejected(reason) = loaded else {
            anyhow::bail!("the SDK sends an expired token");
        };
        ensure!(reason.contains("expired"), "the SDK rejects the token: {reason}");
    }
    let caller = target.caller(&header).await?;
    ensure!(caller == PLAIN.id, "the API returned the caller {caller:?}");
    Ok(())
}

async fn fetch(target: &Target, client: ClientRegistration) -> Result<Fetched> {
    let fetch = json!({ "url": target.token_url(), "id": client.id, "secret": client.secret });
    run(target, json!({ "fetch": fetch })).await
}

/// Runs the script in the server's language. Secrets are passed through standard input.
async fn run<T: for<'de> Deserialize<'de>>(target: &Target, input: Value) -> Result<T> {
    let program = &target.program;
    let (interpreter, script) = match target.server.platform {
        Platform::Node => (&program.node, "use_generated_sdk.mjs"),
        Platform::Python | Platform::Ruby => (&program.python, "use_generated_sdk.py"),
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
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "the SDK's script failed: {}",
        stderr.trim_end()
    );
    Ok(serde_json::from_slice(&output.stdout)?)
}

#[expect(clippy::disallowed_methods, reason = "the SDKs use the system clock")]
fn now() -> SystemTime {
    SystemTime::now()
}
