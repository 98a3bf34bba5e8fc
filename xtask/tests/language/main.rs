//! Checks that no file contains a word or phrase of [`words_to_avoid`], and that comments are not wider than code. See
//! the writing guide in CONTRIBUTING.md.
//!
//! The tests read Rust sources, manifests and documents. A phrase may span line breaks and comment markers.

mod words_of_file;
mod words_to_avoid;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use self::words_of_file::{Text, wide_comments};
use self::words_to_avoid::{EXEMPTIONS, NAMES, PHRASES};

/// The width of code and comments, as in `rustfmt.toml`.
const WIDTH: usize = 120;

#[test]
fn no_file_contains_a_listed_word() -> Result<()> {
    let mut problems = Vec::new();
    for (name, content) in files()? {
        let text = Text::new(&content);
        for (word, replacement) in NAMES.iter().chain(PHRASES) {
            if !EXEMPTIONS.iter().any(|exemption| exemption.covers(&name, word)) {
                let lines = text.find(word);
                problems.extend(lines.map(|line| format!("{name}:{line}: `{word}`; write {replacement}")));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

/// The generator does not wrap what descriptions say, so `sdks/` is not checked.
#[test]
fn comments_are_not_wider_than_code() -> Result<()> {
    let mut problems = Vec::new();
    for (name, content) in files()? {
        if name.ends_with(".rs") && !name.starts_with("sdks/") {
            let lines = wide_comments(&content, WIDTH);
            problems.extend(lines.map(|line| format!("{name}:{line}: wider than {WIDTH} characters")));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

/// Returns the names and contents of the Rust sources, manifests and documents, without build output and installed
/// packages.
fn files() -> Result<Vec<(String, String)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("the workspace has a root")?;
    let mut files = Vec::new();
    for path in paths(root)? {
        let name = path.strip_prefix(root)?.to_string_lossy().into_owned();
        let content = fs::read_to_string(&path).with_context(|| name.clone())?;
        files.push((name, content));
    }
    Ok(files)
}

fn paths(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            if entry.file_type()?.is_dir() {
                if !name.starts_with('.') && name != "target" && name != "node_modules" {
                    folders.push(path);
                }
            } else if [".rs", ".md", ".toml"].iter().any(|end| name.ends_with(end)) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

#[test]
fn a_phrase_may_span_comment_lines() {
    let text = Text::new("/// That there is no record\n/// is none. `is_none`, is None.\n");
    assert_eq!(text.find("is none").collect::<Vec<_>>(), [2]);
}

#[test]
fn only_whole_names_match() {
    let text = Text::new("struct Errand;\nstruct Errands;\n");
    assert_eq!(text.find("Errand").collect::<Vec<_>>(), [1]);
}

#[test]
fn tables_and_code_may_be_wide() {
    let wide = "x".repeat(WIDTH);
    let wide_code = format!("let text = \"{wide}\";\n");
    assert_eq!(wide_comments(&wide_code, WIDTH).count(), 0);
    assert_eq!(wide_comments(&format!("/// | {wide} |\n"), WIDTH).count(), 0);
    assert_eq!(
        wide_comments(&format!("/// A\n    // {wide}\n"), WIDTH).collect::<Vec<_>>(),
        [2]
    );
}
