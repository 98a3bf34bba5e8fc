//! Generates and compiles every description of the corpus, and checks that hostile ones are rejected.

#![expect(clippy::unwrap_used, reason = "a failed setup fails the test")]

mod generated_crates_workspace;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use evergrant_openapi::{Document, Error, Generator, Runtime, Sdk};

use self::generated_crates_workspace::Workspace;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn descriptions(directory: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let is_description = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        (name.ends_with(".yaml") || name.ends_with(".json")) && name != "expectations.yaml"
    };
    let mut files: Vec<PathBuf> = files.filter(is_description).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn generate(path: &Path) -> Result<Sdk, Error> {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("evergrant-sdk");
    let stem = path.file_stem().unwrap().to_str().unwrap();
    let name: String = stem
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    let generator = Generator::new(Document::read(path)?).name(format!("corpus-{name}"));
    generator.allow_skip().runtime(Runtime::Path(runtime)).generate()
}

/// Returns the expectation for a file, from its first line or from `expectations.yaml`.
fn expectation(path: &Path, listed: &BTreeMap<String, String>) -> String {
    let name = path.file_name().unwrap().to_str().unwrap();
    if let Some(expected) = listed.get(name) {
        return expected.clone();
    }
    let bytes = fs::read(path).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let first = text.lines().next().unwrap_or_default();
    let expected = first.trim_start_matches('\u{feff}').strip_prefix("# expect: ");
    expected
        .unwrap_or_else(|| panic!("{name} has no expectation"))
        .to_owned()
}

fn listed_expectations() -> BTreeMap<String, String> {
    let text = fs::read_to_string(corpus().join("hostile/expectations.yaml")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#') && line.contains(':'));
    lines
        .map(|line| {
            let (name, expected) = line.split_once(": ").unwrap();
            (name.to_owned(), expected.trim_matches('\'').to_owned())
        })
        .collect()
}

#[test]
fn generated_crates_compile_without_warnings() {
    let mut workspace = Workspace::new("corpus");
    let mut sdks = Vec::new();
    for path in descriptions(&corpus()) {
        let sdk = match generate(&path) {
            Ok(sdk) => sdk,
            Err(error) => {
                let first = fs::read_to_string(&path)
                    .unwrap()
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                assert!(first.starts_with("# expect: either"), "{}: {error}", path.display());
                continue;
            }
        };
        workspace.add(&sdk, path.file_stem().unwrap().to_str().unwrap());
        sdks.push(sdk);
    }
    assert!(sdks.len() >= 40, "only {} descriptions were generated", sdks.len());
    workspace.clippy();
    let mut modules = Workspace::new("corpus-modules");
    modules.add_modules("corpus-modules", sdks.iter().map(Sdk::module));
    modules.document("corpus-modules");
}

#[test]
fn operations_with_unsupported_security_are_reported_and_not_generated() {
    let mut count = 0;
    for path in descriptions(&corpus()) {
        let text = fs::read_to_string(&path).unwrap();
        let first = text.lines().next().unwrap_or_default().trim_start_matches('\u{feff}');
        let expected: Vec<&str> = match first.strip_prefix("# expect: skips: ") {
            Some(names) => names.split(", ").collect(),
            None => Vec::new(),
        };
        let strict = Document::read(&path).and_then(|document| Generator::new(document).name("strict").generate());
        match strict {
            Err(Error::Security(problems)) => {
                assert!(
                    !expected.is_empty() || first.starts_with("# expect: either"),
                    "{}: {problems:?}",
                    path.display()
                );
                assert!(problems.len() >= expected.len(), "{}: {problems:?}", path.display());
                count += 1;
            }
            _ => assert!(expected.is_empty(), "{}: {expected:?} were not skipped", path.display()),
        }
    }
    assert!(count > 3, "only {count} descriptions have unsupported operations");
}

#[test]
fn generation_is_deterministic() {
    for path in descriptions(&corpus()) {
        let (Ok(first), Ok(second)) = (generate(&path), generate(&path)) else {
            continue;
        };
        assert!(first.files().eq(second.files()), "{}", path.display());
        assert_eq!(first.module(), second.module(), "{}", path.display());
    }
}

#[test]
fn hostile_descriptions_are_rejected_or_harmless() {
    let listed = listed_expectations();
    let mut failures = Vec::new();
    for path in descriptions(&corpus().join("hostile")) {
        let expected = expectation(&path, &listed);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let strict = Document::read(&path).and_then(|document| Generator::new(document).name("hostile").generate());
        match strict {
            Ok(_) if expected.starts_with("rejected") => failures.push(format!("{name} was not rejected: {expected}")),
            Err(error) if expected.starts_with("generates") => failures.push(format!("{name} was rejected: {error}")),
            Err(Error::Internal(problem)) => failures.push(format!("{name}: internal error: {problem}")),
            Err(error) => {
                let text = error.to_string();
                if text.len() > 4_000 || text.chars().any(|letter| letter.is_control() && letter != '\n') {
                    failures.push(format!(
                        "{name}: the message is too long or contains control characters: {text:?}"
                    ));
                }
            }
            Ok(_) => {}
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn generated_code_of_hostile_descriptions_compiles_and_has_safe_paths() {
    let mut sdks = Vec::new();
    for path in descriptions(&corpus().join("hostile")) {
        let Ok(sdk) = generate(&path) else { continue };
        for (file, _) in sdk.files() {
            let is_portable = file
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "/_.-".contains(letter));
            assert!(
                is_portable && !file.contains("..") && !file.starts_with('/'),
                "{}: {file}",
                path.display()
            );
        }
        sdks.push(sdk);
    }
    let mut workspace = Workspace::new("hostile");
    workspace.add_modules("hostile", sdks.iter().map(Sdk::module));
    workspace.clippy();
}
