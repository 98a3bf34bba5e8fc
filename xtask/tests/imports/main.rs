//! Checks the direction of imports: a module imports only from the layers above its own in ARCHITECTURE.md.
//!
//! The test reads the published crates and xtask. It compares top-level modules; the files in a module's folder may
//! import one another. Code that is compiled only for tests is ignored.

mod crate_paths;
mod layers;
mod module_imports;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use self::layers::Layers;
use self::module_imports::Crate;

#[test]
fn modules_import_only_from_layers_above() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("the workspace has a root")?;
    let document = fs::read_to_string(root.join("ARCHITECTURE.md"))?;
    let mut blocks = Layers::blocks(&document);
    let mut problems = Vec::new();
    for (name, folder) in crates(root)? {
        let krate = Crate::read(root, &folder).with_context(|| name.clone())?;
        match blocks.remove(&name) {
            Some(layers) => problems.extend(layers.check(&name, &krate)),
            None => problems.push(format!(
                "ARCHITECTURE.md has no block `layers {name}`. The crate's imports allow:\n{}",
                Layers::suggest(&krate)
            )),
        }
    }
    problems.extend(
        blocks
            .keys()
            .map(|name| format!("ARCHITECTURE.md: crate `{name}` does not exist")),
    );
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

/// Returns the folders of the crates by name.
fn crates(root: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let mut crates = BTreeMap::from([("xtask".to_owned(), root.join("xtask"))]);
    for entry in fs::read_dir(root.join("crates"))? {
        let entry = entry?;
        if entry.path().join("Cargo.toml").is_file() {
            crates.insert(entry.file_name().to_string_lossy().into_owned(), entry.path());
        }
    }
    Ok(crates)
}
