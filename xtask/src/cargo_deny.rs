//! `cargo deny`: checks licences, advisories, duplicate versions and the sources of crates.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::command::{cargo, has_subcommand};
use crate::step::{Background, Outcome, print_line};

/// The version for which `deny.toml` is written.
const VERSION: &str = "0.20.2";
const FETCH_TIMEOUT: Duration = Duration::from_secs(120);

/// Installs cargo-deny beside the steps before this one, if it is not installed.
pub(crate) fn start() -> Result<Background> {
    if has_subcommand("deny") {
        return Ok(Box::new(check));
    }
    // Without optimizations, because compiling takes longer than checking.
    let installed = cargo(["install", "--locked", "--debug", "cargo-deny", "--version", VERSION])
        .start_in_background("cargo-deny.log")?;
    Ok(Box::new(|| {
        installed().context("cannot install cargo-deny")?;
        check()
    }))
}

fn check() -> Result<Outcome> {
    cargo([
        "deny",
        "--workspace",
        "--all-features",
        "check",
        "bans",
        "licenses",
        "sources",
    ])
    .run()?;
    if cargo(["deny", "fetch", "db"]).run_with_timeout(FETCH_TIMEOUT).is_err() {
        print_line("warning: the advisory database cannot be reached: advisories are NOT checked");
        return Ok(Outcome::PassedWithNote(
            "advisories NOT checked: their database cannot be reached".to_owned(),
        ));
    }
    cargo(["deny", "--workspace", "--all-features", "check", "advisories"]).run()
}
