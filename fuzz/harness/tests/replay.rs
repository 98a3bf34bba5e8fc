//! Runs every target on its checked-in corpus, and checks that every target has one.

#![expect(clippy::unwrap_used, reason = "test setup does not fail")]

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use fuzz_harness::TARGETS;

/// Maximum number and total size of the inputs of one target, so that the corpus stays small.
const MAX_INPUTS: usize = 60;
const MAX_BYTES: usize = 100 * 1024;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Returns the names of the entries of a directory in `fuzz/`, without extensions.
fn names(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(fuzz().join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

/// Returns the checked-in inputs of a target, each with its file, or its file and line.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let corpus = fs::read_dir(fuzz().join("corpus").join(target)).unwrap();
    let mut inputs: Vec<(String, Vec<u8>)> = corpus
        .map(|entry| entry.unwrap().path())
        .map(|path| (relative(&path), fs::read(&path).unwrap()))
        .collect();
    inputs.sort();
    let found = fuzz().join(format!("inputs_found_by_libfuzzer/{target}.txt"));
    if found.exists() {
        let lines = fs::read_to_string(&found).unwrap();
        let lines = (1..).zip(lines.lines());
        inputs.extend(lines.map(|(number, line)| {
            let input = BASE64_STANDARD.decode(line).unwrap();
            (format!("{}:{number}", relative(&found)), input)
        }));
    }
    inputs
}

fn relative(path: &Path) -> String {
    path.strip_prefix(fuzz()).unwrap().display().to_string()
}

#[test]
fn every_checked_in_input_passes() {
    let mut failed = Vec::new();
    for (name, target) in TARGETS {
        let inputs = inputs(name);
        assert!(!inputs.is_empty(), "the corpus of {name} is empty");
        let count = inputs.len();
        let bytes: usize = inputs.iter().map(|(_, input)| input.len()).sum();
        assert!(
            count <= MAX_INPUTS && bytes <= MAX_BYTES,
            "the corpus of {name} has {count} inputs of {bytes} bytes; minimize it as described in fuzz/README.md"
        );
        for (input, data) in &inputs {
            if catch_unwind(|| target(data)).is_err() {
                failed.push(input.clone());
            }
        }
    }
    assert!(
        failed.is_empty(),
        "{} inputs fail:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

#[test]
fn every_function_has_a_fuzz_target_and_a_corpus() {
    let known: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names("fuzz_targets"), known);
    assert_eq!(names("corpus"), known);
    assert!(names("inputs_found_by_libfuzzer").is_subset(&known));
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for name in &known {
        assert!(
            manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")),
            "fuzz/Cargo.toml has no target {name}"
        );
        let target = fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(
            target.contains(&format!("fuzz_harness::{name}(data)")),
            "the target {name} calls another function"
        );
    }
}
