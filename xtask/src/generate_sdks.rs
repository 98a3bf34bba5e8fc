//! Generates the SDKs in `sdks/` from the API descriptions in the same folder.

use std::fs;

use anyhow::{Context as _, Result, ensure};

use crate::command::{cargo, root};
use crate::step::Outcome;

pub(crate) fn generate() -> Result<Outcome> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("sdks")).context("cannot read sdks")? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            names.extend(path.file_stem().and_then(|name| name.to_str()).map(str::to_owned));
        }
    }
    ensure!(!names.is_empty(), "the folder sdks contains no API descriptions");
    names.sort();
    for name in &names {
        let (description, directory) = (format!("sdks/{name}.yaml"), format!("sdks/{name}"));
        cargo(["run", "--quiet", "--package", "evergrant-cli", "--", "generate"])
            .arguments([&description, "--out", &directory, "--runtime", "."])
            .run()?;
    }
    Ok(Outcome::PassedWithNote(format!("{} SDKs", names.len())))
}
