//! Checks that no file contains a word or phrase of [`words_to_avoid`]. See the writing guide in CONTRIBUTING.md.
//!
//! The test reads Rust sources, manifests and documents. A phrase may span line breaks and comment markers.

mod text;
mod words_to_avoid;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use self::text::Text;
use self::words_to_avoid::{EXEMPTIONS, NAMES, PHRASES};

#[test]
fn no_file_contains_a_listed_word() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("the workspace has a root")?;
    let mut problems = Vec::new();
    for path in files(root)? {
        let name = path.strip_prefix(root)?.to_string_lossy().into_owned();
        let content = fs::read_to_string(&path).with_context(|| name.clone())?;
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

/// Returns the Rust sources, manifests and documents, without build output and installed packages.
fn files(root: &Path) -> Result<Vec<PathBuf>> {
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
