//! `Debug` of every public error is its message, because `main` and `unwrap` print it.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Returns the type in `impl std::error::Error for Name {`, with or without parameters.
fn error_type(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let (before, name) = line.strip_prefix("impl")?.split_once("Error for ")?;
    // Not an error trait of a format, such as serde's.
    let is_std = before.ends_with("std::error::") || before.trim() == "" || before.ends_with("> ");
    let name = name.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    (is_std && !name.is_empty()).then_some(name)
}

/// Finds all implementations of the trait in the source, so new errors are checked too.
#[test]
fn debug_of_every_public_error_is_its_message() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates");
    let report = fs::read_to_string(crates.join("evergrant/src/error/debug_output.rs")).expect("the core's list");
    let (_, listed) = report.split_once("debug_is_report!(").expect("the list");
    let listed: Vec<&str> = listed.split(|c: char| !c.is_alphanumeric()).collect();
    let mut paths = Vec::new();
    for entry in fs::read_dir(&crates).expect("the crates") {
        sources(&entry.expect("a crate").path().join("src"), &mut paths);
    }
    let mut checked = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).expect("a source");
        for name in text.lines().filter_map(error_type) {
            let is_public = ["struct", "enum"].iter().any(|kind| {
                let declaration = format!("\npub {kind} {name}");
                let mut rest = text.split(&declaration).skip(1);
                rest.any(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
            });
            if !is_public {
                continue;
            }
            let has_impl = text.split_once(&format!("Debug for {name}")).is_some_and(|(_, rest)| {
                let body = rest.split("\n}\n").next().unwrap_or_default();
                body.contains("report(self, f)") || body.contains("fmt::Display::fmt(self, f)")
            });
            let by_macro = text.contains(&format!("debug_is_report!({name})"));
            let in_list = path.starts_with(crates.join("evergrant/src")) && listed.contains(&name);
            assert!(
                has_impl || by_macro || in_list,
                "{name} in {}: let its `Debug` write `report`",
                path.display()
            );
            checked.push(name.to_owned());
        }
    }
    assert!(checked.len() >= 30, "{checked:?}");
}
