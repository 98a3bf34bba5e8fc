//! The README's commands do what it says. One that nothing here knows of fails, so that none goes unchecked.

use std::fs;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::command::{cargo, root};
use crate::step::Outcome;

pub(crate) fn commands() -> Result<Outcome> {
    let readme = fs::read_to_string(root().join("README.md")).context("cannot read README.md")?;
    let commands = cargo_commands(&readme);
    ensure!(!commands.is_empty(), "the README names no cargo command");
    for command in commands {
        match command {
            "cargo run --release -- demo" => demo()?,
            "cargo run --release -- inspect specs/bookstore.yaml" => inspect()?,
            "cargo run --release -- generate specs/bookstore.yaml --out /tmp/bookstore" => generate()?,
            // That is what the first steps of this very run are.
            "cargo xtask test" => {}
            other => bail!("nothing checks the README's command `{other}`"),
        }
    }
    Ok(Outcome::Passed)
}

/// The demonstration holds what it promises.
fn demo() -> Result<()> {
    let output = cargo(["run", "--release", "--quiet", "--", "demo", "--json"]).stdout()?;
    let last = output.lines().last().context("the demonstration printed nothing")?;
    let counted: Value = serde_json::from_str(last).with_context(|| format!("not JSON: {last}"))?;
    let count = |name: &str| counted[name].as_u64().with_context(|| format!("no {name} in {last}"));
    ensure!(count("failed_calls")? == 0, "calls failed: {last}");
    ensure!(count("outage_calls_served")? > 0, "no calls during the outage: {last}");
    ensure!(
        count("token_requests")? == 1 + count("renewals")? + count("recovered_401")?,
        "token requests do not add up: {last}"
    );
    Ok(())
}

fn inspect() -> Result<()> {
    let account = cargo(["run", "--release", "--quiet", "--", "inspect", "specs/bookstore.yaml"]).stdout()?;
    ensure!(
        account.contains("Bookstore"),
        "nothing is said of the description: {account}"
    );
    Ok(())
}

/// The package that is generated compiles, in a folder of this project's own instead of the README's.
fn generate() -> Result<()> {
    let folder = root().join("target/readme");
    let package = folder.join("bookstore");
    fs::create_dir_all(&folder).context("cannot make a folder for the package")?;
    fs::write(
        folder.join("Cargo.toml"),
        "[workspace]\nresolver = \"3\"\nmembers = [\"bookstore\"]\n",
    )?;
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let out = package.to_string_lossy().into_owned();
    cargo([
        "run",
        "--release",
        "--quiet",
        "--",
        "generate",
        "specs/bookstore.yaml",
        "--out",
        &out,
    ])
    .run()?;
    let manifest = package.join("Cargo.toml").to_string_lossy().into_owned();
    let target = root().join("target/generated/target").to_string_lossy().into_owned();
    cargo([
        "check",
        "--quiet",
        "--manifest-path",
        &manifest,
        "--target-dir",
        &target,
    ])
    .run()?;
    Ok(())
}

/// The lines of shell blocks that start with `cargo`, without comments.
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
    fn commands_are_found_in_shell_blocks_only() {
        let readme = "```sh\ncargo xtask test   # all\nexport A=b\n```\n```rust\ncargo no\n```\ncargo neither\n";
        assert_eq!(cargo_commands(readme), ["cargo xtask test"]);
    }
}
