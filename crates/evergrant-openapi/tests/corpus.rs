//! Every description of the corpus: generated, always the same way, and compiled; hostile ones refused.

#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]

mod workspace;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use evergrant_openapi::{Document, Error, Generator, Runtime, Sdk};

use self::workspace::Workspace;

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

fn generated(path: &Path) -> Result<Sdk, Error> {
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

/// What a file says that is to become of it: by its first line, or by the list beside it.
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
        .unwrap_or_else(|| panic!("{name} does not say what is expected of it"))
        .to_owned()
}

fn list() -> BTreeMap<String, String> {
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
fn every_description_of_the_corpus_becomes_a_crate_that_compiles_without_warnings() {
    let mut workspace = Workspace::new("corpus");
    let mut count = 0;
    for path in descriptions(&corpus()) {
        let sdk = match generated(&path) {
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
        count += 1;
    }
    assert!(count >= 40, "{count} descriptions are not enough to tell");
    workspace.clippy();
    workspace.document();
}

#[test]
fn operations_whose_security_cannot_be_honoured_are_named_and_never_generated_without_it() {
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
            _ => assert!(expected.is_empty(), "{}: {expected:?} were generated", path.display()),
        }
    }
    assert!(count > 3, "{count} descriptions are not enough to tell");
}

#[test]
fn what_is_generated_is_always_the_same() {
    for path in descriptions(&corpus()) {
        let (Ok(first), Ok(second)) = (generated(&path), generated(&path)) else {
            continue;
        };
        assert!(first.files().eq(second.files()), "{}", path.display());
        assert_eq!(first.module(), second.module(), "{}", path.display());
    }
}

#[test]
fn hostile_descriptions_are_refused_with_a_place_or_do_no_harm() {
    let listed = list();
    let mut wrong = Vec::new();
    for path in descriptions(&corpus().join("hostile")) {
        let expected = expectation(&path, &listed);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let strict = Document::read(&path).and_then(|document| Generator::new(document).name("hostile").generate());
        match strict {
            Ok(_) if expected.starts_with("refused") => wrong.push(format!("{name} was not refused: {expected}")),
            Err(error) if expected.starts_with("generates") => wrong.push(format!("{name} was refused: {error}")),
            Err(Error::Internal(problem)) => wrong.push(format!("{name}: a defect: {problem}")),
            Err(error) => {
                let text = error.to_string();
                if text.len() > 4_000 || text.chars().any(|letter| letter.is_control() && letter != '\n') {
                    wrong.push(format!("{name}: its error is not fit for a terminal: {text:?}"));
                }
            }
            Ok(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_hostile_descriptions_generate_compiles_and_stays_in_its_directory() {
    let mut sdks = Vec::new();
    for path in descriptions(&corpus().join("hostile")) {
        let Ok(sdk) = generated(&path) else { continue };
        for (file, _) in sdk.files() {
            let plain = file
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "/_.-".contains(letter));
            assert!(
                plain && !file.contains("..") && !file.starts_with('/'),
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
