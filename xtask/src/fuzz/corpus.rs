//! The checked-in inputs of a target, and the inputs discovered on this machine.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::command::{program, root};
use crate::step::print_line;

/// Maximum number of checked-in inputs of a target after minimization. The test `replay` in fuzz/harness allows 60
/// inputs with 100 KiB, which leaves room for findings.
const MAX_INPUTS: usize = 48;
/// Maximum total size of these inputs.
const MAX_BYTES: u64 = 80 * 1024;
/// Maximum size of an added input, in bytes.
const MAX_ADDED_INPUT: u64 = 4 * 1024;

pub(super) fn checked_in(target: &str) -> PathBuf {
    root().join("fuzz/corpus").join(target)
}

pub(super) fn discovered(target: &str) -> PathBuf {
    root().join("fuzz/target/corpus").join(target)
}

/// Adds discovered inputs that reach code which the checked-in inputs do not reach, starting with the largest, up to
/// the maximum size of the corpus.
pub(super) fn minimize(binary: &Path, target: &str) -> Result<()> {
    let merged = root().join("fuzz/target/merged").join(target);
    let _ = fs::remove_dir_all(&merged);
    fs::create_dir_all(&merged)?;
    fs::create_dir_all(discovered(target))?;
    let checked_in = checked_in(target);
    let mut count = 0;
    let mut bytes = 0;
    for entry in fs::read_dir(&checked_in)? {
        let entry = entry?;
        fs::copy(entry.path(), merged.join(entry.file_name()))?;
        count += 1;
        bytes += entry.metadata()?.len();
    }
    // Only new edges count, not how often an edge is taken: that would add too many inputs to the repository.
    program(binary, ["-set_cover_merge=1", "-use_counters=0"])
        .arguments([&merged, &discovered(target)])
        .run()?;
    let mut new = Vec::new();
    for entry in fs::read_dir(&merged)? {
        let entry = entry?;
        if !checked_in.join(entry.file_name()).exists() {
            new.push((entry.metadata()?.len(), entry.path()));
        }
    }
    new.sort();
    new.reverse();
    let mut added = 0;
    let mut names = (1..).map(|number| checked_in.join(format!("found-{number:03}")));
    for (length, path) in &new {
        if *length <= MAX_ADDED_INPUT && count < MAX_INPUTS && bytes + length <= MAX_BYTES {
            let name = names.find(|name| !name.exists()).context("all names are used")?;
            fs::copy(path, name)?;
            (count, bytes, added) = (count + 1, bytes + length, added + 1);
        }
    }
    print_line(&format!(
        "{target}: added {added} of {} new inputs; {count} inputs with {bytes} bytes in total",
        new.len()
    ));
    Ok(())
}
