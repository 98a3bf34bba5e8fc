//! Compiles each feature of each crate alone, and each crate without features.

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::command::cargo;
use crate::step::Outcome;

pub(crate) fn check_each() -> Result<Outcome> {
    let metadata: Value = serde_json::from_str(&cargo(["metadata", "--no-deps", "--format-version", "1"]).stdout()?)?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata lists no packages")?;
    let mut count = 0;
    for package in packages {
        let name = package["name"].as_str().context("a package without a name")?;
        let features = package["features"].as_object().context("a package without features")?;
        if features.is_empty() {
            continue;
        }
        cargo(["check", "--package", name, "--no-default-features"]).run()?;
        for feature in features.keys() {
            count += 1;
            cargo([
                "check",
                "--package",
                name,
                "--no-default-features",
                "--features",
                feature,
            ])
            .run()?;
        }
    }
    Ok(match count {
        0 => Outcome::PassedWithNote("no crate has features".to_owned()),
        _ => Outcome::Passed,
    })
}
