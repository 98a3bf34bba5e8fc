//! The checked-in inputs of a target, and the inputs discovered on this machine.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::command::{program, root};
use crate::step::print_line;

/// Maximum number of checked-in inputs of a target after minimization. The test `replay` in fuzz/harness allows 60
/// inputs with 100 KiB, which leaves room for findings.
const MAX_INPUTS: usize = 48;
/// Maximum total size of these inputs.
const MAX_BYTES: u64 = 80 * 1024;
/// Maximum size of an added input, in bytes.
const MAX_ADDED_INPUT: u64 = 4 * 1024;

/// Returns the file with the checked-in inputs that were found by fuzzing: one on each line, in base64.
fn found(target: &str) -> PathBuf {
    root().join(format!("fuzz/inputs_found_by_libfuzzer/{target}.txt"))
}

/// Returns the content of this file, which a new target does not have yet.
fn found_lines(target: &str) -> Result<String> {
    let path = found(target);
    match path.exists() {
        true => fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display())),
        false => Ok(String::new()),
    }
}

/// Writes each checked-in input of a target to a file of its own, as libFuzzer reads them, and returns the folder.
pub(super) fn unpack(target: &str) -> Result<PathBuf> {
    let folder = root().join("fuzz/target/checked-in").join(target);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir(root().join("fuzz/corpus").join(target))? {
        let entry = entry?;
        fs::copy(entry.path(), folder.join(entry.file_name()))?;
    }
    let lines = found_lines(target)?;
    for (number, line) in (1..).zip(lines.lines()) {
        let input = BASE64_STANDARD.decode(line).context("a line is not base64")?;
        fs::write(folder.join(format!("found-{number:03}")), input)?;
    }
    Ok(folder)
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
    let checked_in = unpack(target)?;
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
    let mut lines = found_lines(target)?;
    for (length, path) in &new {
        if *length <= MAX_ADDED_INPUT && count < MAX_INPUTS && bytes + length <= MAX_BYTES {
            lines.push_str(&BASE64_STANDARD.encode(fs::read(path)?));
            lines.push('\n');
            (count, bytes, added) = (count + 1, bytes + length, added + 1);
        }
    }
    fs::write(found(target), lines)?;
    print_line(&format!(
        "{target}: added {added} of {} new inputs; {count} inputs with {bytes} bytes in total",
        new.len()
    ));
    Ok(())
}
