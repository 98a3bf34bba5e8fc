//! The inputs: those that are checked in, and those that runs on this machine have found.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::command::{program, root};
use crate::step::say;

/// What the checked-in inputs of one target come to at most, so that there is room for findings: the test `replay` in fuzz/harness
/// lets them come to 60 and 100 KiB.
const MOST_INPUTS: usize = 48;
const MOST_BYTES: u64 = 80 * 1024;
/// The largest input that is added, in bytes.
const LARGEST: u64 = 4 * 1024;

pub(super) fn checked_in(target: &str) -> PathBuf {
    root().join("fuzz/corpus").join(target)
}

pub(super) fn found(target: &str) -> PathBuf {
    root().join("fuzz/target/corpus").join(target)
}

/// Adds those that were found and reach code that the checked-in ones do not, the largest first as they reach most, for as long as there
/// is room.
pub(super) fn minimize(binary: &Path, target: &str) -> Result<()> {
    let merged = root().join("fuzz/target/merged").join(target);
    let _ = fs::remove_dir_all(&merged);
    fs::create_dir_all(&merged)?;
    fs::create_dir_all(found(target))?;
    let checked_in = checked_in(target);
    let mut count = 0;
    let mut bytes = 0;
    for entry in fs::read_dir(&checked_in)? {
        let entry = entry?;
        fs::copy(entry.path(), merged.join(entry.file_name()))?;
        count += 1;
        bytes += entry.metadata()?.len();
    }
    // Edges alone: how often one is taken is reason enough for a run to keep an input, and too little for the repository.
    program(binary, ["-set_cover_merge=1", "-use_counters=0"])
        .arguments([&merged, &found(target)])
        .run()?;
    let mut new = Vec::new();
    for entry in fs::read_dir(&merged)? {
        let entry = entry?;
        if !checked_in.join(entry.file_name()).exists() {
            new.push((entry.metadata()?.len(), entry.path(), entry.file_name()));
        }
    }
    new.sort();
    new.reverse();
    let mut added = 0;
    for (length, path, name) in &new {
        if *length <= LARGEST && count < MOST_INPUTS && bytes + length <= MOST_BYTES {
            fs::copy(path, checked_in.join(name))?;
            (count, bytes, added) = (count + 1, bytes + length, added + 1);
        }
    }
    say(&format!(
        "{target}: {added} of {} new inputs added; {count} of {bytes} bytes in all",
        new.len()
    ));
    Ok(())
}
