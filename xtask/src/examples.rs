//! Every example is built and run: each starts what it needs by itself, and ends by itself.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::command::{cargo, program};
use crate::step::{Outcome, say};

const LIMIT: Duration = Duration::from_secs(60);

pub(crate) fn all() -> Result<Outcome> {
    let examples = built()?;
    ensure!(!examples.is_empty(), "there are no examples");
    for (name, path) in &examples {
        say(&format!("--> {name}"));
        program(path, [""; 0]).run_within(LIMIT)?;
    }
    Ok(Outcome::Noted(format!("{} examples ran", examples.len())))
}

fn built() -> Result<Vec<(String, PathBuf)>> {
    let messages = cargo([
        "build",
        "--workspace",
        "--examples",
        "--all-features",
        "--message-format",
        "json-render-diagnostics",
    ])
    .stdout()?;
    let mut examples = Vec::new();
    for line in messages.lines() {
        let message: Value = serde_json::from_str(line).context("cargo printed something else than JSON")?;
        let target = &message["target"];
        if target["kind"][0] == "example"
            && let (Some(name), Some(path)) = (target["name"].as_str(), message["executable"].as_str())
        {
            examples.push((name.to_owned(), path.into()));
        }
    }
    examples.sort();
    Ok(examples)
}
