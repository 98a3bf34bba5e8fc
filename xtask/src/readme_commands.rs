//! Checks the README's cargo commands. A command without a check is an error.

use std::fs;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::command::{Invocation, cargo, program, root};
use crate::step::Outcome;
use crate::workspace_build::binary;

pub(crate) fn check_commands() -> Result<Outcome> {
    let readme = fs::read_to_string(root().join("README.md")).context("cannot read README.md")?;
    let commands = cargo_commands(&readme);
    ensure!(!commands.is_empty(), "the README contains no cargo command");
    for command in commands {
        match command {
            "cargo demo" => demo()?,
            "cargo run -- inspect sdks/bookstore.yaml" => inspect()?,
            "cargo run -- generate sdks/bookstore.yaml --out /tmp/bookstore" => generate()?,
            // The steps before this one.
            "cargo xtask test" => {}
            other => bail!("no check exists for the README's command `{other}`"),
        }
    }
    Ok(Outcome::Passed)
}

/// Runs the alias of `.cargo/config.toml`, which builds the program with the demo alone, and checks its figures.
fn demo() -> Result<()> {
    let output = cargo(["demo", "--json"]).stdout()?;
    let last = output.lines().last().context("the demo printed nothing")?;
    let counters: Value = serde_json::from_str(last).with_context(|| format!("not JSON: {last}"))?;
    let count = |name: &str| counters[name].as_u64().with_context(|| format!("no {name} in {last}"));
    ensure!(count("failed_calls")? == 0, "calls failed: {last}");
    ensure!(count("outage_calls_served")? > 0, "no calls during the outage: {last}");
    ensure!(
        count("token_requests")? == 1 + count("renewals")? + count("recovered_401")?,
        "token requests do not add up: {last}"
    );
    Ok(())
}

fn inspect() -> Result<()> {
    let report = evergrant(["inspect", "sdks/bookstore.yaml"])?.stdout()?;
    ensure!(
        report.contains("Bookstore"),
        "the report does not name the API: {report}"
    );
    Ok(())
}

/// Generates a package in the target folder instead of the README's folder, and compiles it.
fn generate() -> Result<()> {
    let folder = root().join("target/readme");
    let package = folder.join("bookstore");
    fs::create_dir_all(&folder).context("cannot create a folder for the package")?;
    fs::write(
        folder.join("Cargo.toml"),
        "[workspace]\nresolver = \"3\"\nmembers = [\"bookstore\"]\n",
    )?;
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let out = package.to_string_lossy().into_owned();
    evergrant(["generate", "sdks/bookstore.yaml", "--out", &out])?.run()?;
    let manifest = package.join("Cargo.toml").to_string_lossy().into_owned();
    cargo(["check", "--quiet", "--manifest-path", &manifest]).run()?;
    Ok(())
}

/// Returns an invocation of the workspace's build of the program. `cargo run` would build it again with its own
/// features.
fn evergrant<const N: usize>(arguments: [&str; N]) -> Result<Invocation> {
    Ok(program(binary("evergrant")?, arguments))
}

/// Returns the lines of shell blocks that start with `cargo`, without comments.
fn cargo_commands(readme: &str) -> Vec<&str> {
    let mut in_shell = false;
    let mut commands = Vec::new();
    for line in readme.lines() {
        if let Some(language) = line.strip_prefix("```") {
            in_shell = language == "sh";
        } else if in_shell && line.starts_with("cargo ") {
            commands.push(line.split(" # ").next().unwrap_or(line).trim());
        }
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_shell_blocks_contain_commands() {
        let readme = "```sh\ncargo xtask test   # all\nexport A=b\n```\n```rust\ncargo no\n```\ncargo neither\n";
        assert_eq!(cargo_commands(readme), ["cargo xtask test"]);
    }
}
