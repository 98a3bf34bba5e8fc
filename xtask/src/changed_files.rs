//! What changed: the files that differ from a commit, and the packages that contain them.

use std::collections::BTreeSet;
use std::fs;
use std::sync::OnceLock;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::command::{cargo, program, root};
use crate::step::{Outcome, print_line};
use crate::workspace_build::ALL;

/// The commit of `--base`.
static BASE: OnceLock<String> = OnceLock::new();

/// Sets the commit to compare with.
pub(crate) fn compare_with(base: String) {
    // Called once, when the arguments are parsed.
    let _ = BASE.set(base);
}

/// The changed files, relative to the root.
#[derive(Debug)]
pub(crate) struct Changes(BTreeSet<String>);

impl Changes {
    /// Compares the working tree, untracked files included, with `--base`: by default the commit at which the branch
    /// left its upstream, or `HEAD` if it has none.
    pub(crate) fn find() -> Result<Self> {
        let base = match BASE.get() {
            Some(base) => base.clone(),
            None => default_base(),
        };
        let changed = git(&["diff", "--name-only", &base])?;
        let untracked = git(&["ls-files", "--others", "--exclude-standard"])?;
        Ok(Self(
            changed.lines().chain(untracked.lines()).map(str::to_owned).collect(),
        ))
    }

    /// Whether a changed path starts with one of the prefixes.
    pub(crate) fn touch(&self, prefixes: &[&str]) -> bool {
        let starts = |path: &String| prefixes.iter().any(|prefix| path.starts_with(prefix));
        self.0.iter().any(starts)
    }

    /// The workspace's packages with a changed file.
    fn packages(&self) -> Result<BTreeSet<String>> {
        let metadata = cargo(["metadata", "--no-deps", "--format-version", "1"]).stdout()?;
        let metadata: Value = serde_json::from_str(&metadata).context("`cargo metadata` printed no JSON")?;
        let root = root();
        let mut packages = BTreeSet::new();
        for package in metadata["packages"].as_array().into_iter().flatten() {
            let manifest = package["manifest_path"].as_str().unwrap_or_default();
            let folder = manifest.trim_end_matches("Cargo.toml");
            let folder = folder.strip_prefix(&*root.to_string_lossy()).unwrap_or(folder);
            if self.touch(&[folder.trim_start_matches('/')]) {
                packages.extend(package["name"].as_str().map(str::to_owned));
            }
        }
        Ok(packages)
    }
}

/// Runs the unit tests of the packages that changed.
pub(crate) fn unit_tests() -> Result<Outcome> {
    let packages = Changes::find()?.packages()?;
    if packages.is_empty() {
        return Ok(Outcome::PassedWithNote("no package changed".to_owned()));
    }
    let filter: Vec<String> = packages.iter().map(|name| format!("package(={name})")).collect();
    // All features of all packages, so that dependencies are compiled once: see `workspace_build`.
    cargo([
        "nextest",
        "run",
        "--lib",
        "--bins",
        "--no-tests",
        "pass",
        "-E",
        &filter.join(" | "),
    ])
    .arguments(ALL)
    .run()?;
    let names: Vec<&str> = packages.iter().map(String::as_str).collect();
    Ok(Outcome::PassedWithNote(names.join(", ")))
}

/// Returns the commit at which the branch left its upstream, or `HEAD` if it has none.
pub(crate) fn default_base() -> String {
    let merge_base = program("git", ["merge-base", "HEAD", "@{upstream}"]).output();
    match merge_base {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        _ => "HEAD".to_owned(),
    }
}

/// Writes the id of the commit that passed all steps of `cargo xtask ci` to `target/ci/passed`, unless the tree has
/// other changes.
pub(crate) fn record_passed() -> Result<()> {
    if !git(&["status", "--porcelain"])?.trim().is_empty() {
        print_line("the tree has changes that no commit contains: target/ci/passed is not written");
        return Ok(());
    }
    let folder = root().join("target/ci");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("passed"), git(&["rev-parse", "HEAD"])?)?;
    Ok(())
}

fn git(arguments: &[&str]) -> Result<String> {
    program("git", arguments).stdout()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_touches_the_folders_above_it() {
        let changes = Changes(BTreeSet::from(["crates/evergrant/src/lib.rs".to_owned()]));
        assert!(changes.touch(&["bench/", "crates/evergrant/"]));
        assert!(!changes.touch(&["crates/evergrant-store/", "tests/"]));
    }

    #[test]
    fn a_changed_file_changes_its_package() {
        let changes = Changes(BTreeSet::from(["xtask/src/main.rs".to_owned(), "README.md".to_owned()]));
        assert_eq!(changes.packages().unwrap(), BTreeSet::from(["xtask".to_owned()]));
    }
}
