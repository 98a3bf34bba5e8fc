//! The run time of the program `evergrant`, from its start to its end.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::measured_library::{CLIENT_ID, CLIENT_SECRET};
use crate::token_endpoint::{ServerResponse, TokenServer};

/// The run times of one command.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProgramFigures {
    pub command: String,
    pub runs: usize,
    pub median_ms: f64,
    pub fastest_ms: f64,
}

/// The default number of runs of each command.
pub const RUNS: u16 = 41;

const SECRET_VARIABLE: &str = "BENCH_CLIENT_SECRET";

/// Measures `evergrant token --cache` with a warm cache and with a fetch from a loopback server, and `curl --version`.
/// The commands alternate, so that other load on the machine affects all of them equally.
///
/// # Errors
/// Returns an error if a program cannot be run, or if a token was fetched when the cache was warm.
pub fn all(evergrant: &Path, runs: usize) -> Result<Vec<ProgramFigures>> {
    let lifetime = Duration::from_secs(36_000);
    let server = TokenServer::start(Duration::ZERO, ServerResponse::Token { lifetime })?;
    let folder = TemporaryFolder::new()?;
    let warm = folder.0.join("warm");
    let token = |state: &Path| run(token_command(evergrant, &server, state));
    token(&warm)?;
    let mut times: [Vec<f64>; 3] = Default::default();
    for round in 0..runs {
        times[0].push(token(&warm)?);
        times[1].push(token(&folder.0.join(round.to_string()))?);
        times[2].push(run(curl_command())?);
    }
    let (requests, expected) = (server.requests(), runs as u64 + 1);
    if requests != expected {
        bail!("the server received {requests} token requests instead of {expected}");
    }
    let commands = [
        "evergrant token --cache, warm cache",
        "evergrant token --cache, with a fetch",
        "curl --version",
    ];
    let figures = commands.iter().zip(times).map(|(command, mut times)| {
        times.sort_unstable_by(f64::total_cmp);
        ProgramFigures {
            command: (*command).to_owned(),
            runs,
            median_ms: times[runs / 2],
            fastest_ms: times[0],
        }
    });
    Ok(figures.collect())
}

/// Builds the program with optimizations, and returns its path.
///
/// # Errors
/// Returns an error if cargo fails.
pub fn build() -> Result<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args([
            "build",
            "--release",
            "--package",
            "evergrant-cli",
            "--message-format",
            "json",
        ])
        .arg("--manifest-path")
        .arg(manifest)
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        bail!("cargo could not build evergrant-cli");
    }
    let executable = |line: &str| {
        let message: Value = serde_json::from_str(line).ok()?;
        let path = message["executable"].as_str()?;
        (message["target"]["name"] == "evergrant").then(|| PathBuf::from(path))
    };
    let text = String::from_utf8(output.stdout)?;
    text.lines().find_map(executable).context("cargo named no executable")
}

fn token_command(evergrant: &Path, server: &TokenServer, state: &Path) -> Command {
    let mut command = Command::new(evergrant);
    command
        .args([
            "token",
            "--cache",
            "--client-id",
            CLIENT_ID,
            "--client-secret-env",
            SECRET_VARIABLE,
        ])
        .args(["--token-url", server.url().as_str()])
        .env_clear()
        .env(SECRET_VARIABLE, CLIENT_SECRET)
        .env("HOME", state)
        .env("XDG_STATE_HOME", state);
    command
}

fn curl_command() -> Command {
    let mut command = Command::new("curl");
    command.arg("--version");
    command
}

/// Returns the run time in milliseconds.
fn run(mut command: Command) -> Result<f64> {
    let start = Instant::now();
    let output = command.stdin(Stdio::null()).output();
    let time = start.elapsed();
    let name = command.get_program().to_string_lossy().into_owned();
    let output = match output {
        Err(error) if error.kind() == ErrorKind::NotFound && name == "curl" => {
            bail!("curl is not installed; run `apt-get install curl`")
        }
        output => output.with_context(|| format!("cannot run {name}"))?,
    };
    if !output.status.success() || output.stdout.is_empty() {
        bail!("{name} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(time.as_secs_f64() * 1e3)
}

/// Removed when dropped.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("evergrant-bench-program-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
