//! `cargo deny`: licences, advisories, duplicate versions, and where crates come from.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::command::{cargo, has_subcommand};
use crate::step::{Outcome, say};

/// The version that `deny.toml` is written for.
const VERSION: &str = "0.20.2";
const FETCH_LIMIT: Duration = Duration::from_secs(120);

pub(crate) fn check() -> Result<Outcome> {
    if !has_subcommand("deny") {
        say("cargo-deny is not installed; installing it, which takes some minutes");
        cargo(["install", "--locked", "cargo-deny", "--version", VERSION])
            .run()
            .context("cannot install cargo-deny")?;
    }
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
    if cargo(["deny", "fetch", "db"]).run_within(FETCH_LIMIT).is_err() {
        say("!!! the advisory database cannot be reached from here: advisories are NOT checked !!!");
        return Ok(Outcome::Noted(
            "advisories NOT checked, their database cannot be reached".to_owned(),
        ));
    }
    cargo(["deny", "--workspace", "--all-features", "check", "advisories"]).run()
}
