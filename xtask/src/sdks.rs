//! The SDKs in `sdks/`, generated anew from their descriptions in `specs/`.

use std::fs;

use anyhow::{Context as _, Result, ensure};

use crate::command::{cargo, root};
use crate::step::Outcome;

pub(crate) fn generate() -> Result<Outcome> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("specs")).context("cannot read specs")? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            names.extend(path.file_stem().and_then(|name| name.to_str()).map(str::to_owned));
        }
    }
    ensure!(!names.is_empty(), "there are no descriptions in specs");
    names.sort();
    for name in &names {
        let (description, directory) = (format!("specs/{name}.yaml"), format!("sdks/{name}"));
        cargo(["run", "--quiet", "--package", "evergrant-cli", "--", "generate"])
            .arguments([&description, "--out", &directory, "--runtime", "."])
            .run()?;
    }
    Ok(Outcome::Noted(format!("{} SDKs", names.len())))
}
