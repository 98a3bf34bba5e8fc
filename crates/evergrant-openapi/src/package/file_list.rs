//! The list of generated files, `.evergrant-files`. The list is part of the directory and therefore untrusted: each
//! line must be the path of a file that can be generated.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::limits::FILES;

/// The path of the list.
pub(super) const FILE_LIST: &str = ".evergrant-files";

/// Enough for 335 bytes for each file of the budget. The paths of generated files are shorter.
pub(super) const MAX_LIST_BYTES: u64 = 32 * 1024 * 1024;

/// Far longer than the path of any generated file.
const MAX_LINE_BYTES: usize = 1_024;

/// Directories of generated files, except `Cargo.toml` and `README.md`.
const GENERATED_DIRECTORIES: [&str; 2] = ["src/", "doc/auth/"];

/// An invalid line: its number, from 1, and the reason.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InvalidLine {
    pub(super) line: usize,
    pub(super) problem: String,
}

/// Parses the list into paths.
pub(super) fn parse(content: &[u8]) -> Result<BTreeSet<PathBuf>, InvalidLine> {
    let invalid = |line, problem: String| Err(InvalidLine { line, problem });
    if content.len() as u64 > MAX_LIST_BYTES {
        return invalid(1, format!("the list is larger than {} MiB", MAX_LIST_BYTES >> 20));
    }
    let mut paths = BTreeSet::new();
    if content.is_empty() {
        return Ok(paths);
    }
    // The last line ends with a line break as well.
    let lines = content.strip_suffix(b"\n").unwrap_or(content);
    for (index, line) in lines.split(|byte| *byte == b'\n').enumerate() {
        if let Err(problem) = FILES.check(index + 1) {
            return invalid(index + 1, problem);
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match parse_line(line) {
            Ok(path) => paths.insert(path),
            Err(problem) => return invalid(index + 1, problem),
        };
    }
    Ok(paths)
}

fn parse_line(line: &[u8]) -> Result<PathBuf, String> {
    if line.len() > MAX_LINE_BYTES {
        return Err(format!("the line is longer than {MAX_LINE_BYTES} bytes"));
    }
    let Ok(text) = std::str::from_utf8(line) else {
        return Err("the line is not valid UTF-8".to_owned());
    };
    let shown = || text.escape_debug().take(120).collect::<String>();
    if !is_portable(text) {
        return Err(format!(
            "`{}` is not a relative path below the package directory",
            shown()
        ));
    }
    match GENERATED_DIRECTORIES
        .iter()
        .any(|directory| text.starts_with(directory))
    {
        true => Ok(Path::new(text).to_owned()),
        false => Err(format!(
            "`{}` is not below src or doc/auth, the directories of generated files",
            shown()
        )),
    }
}

/// Returns whether a path consists of names and single slashes on every platform: no `..`, drive, alternate data stream
/// or other separator.
fn is_portable(text: &str) -> bool {
    let is_forbidden = |letter: char| letter.is_control() || matches!(letter, '\\' | ':');
    !text.contains(is_forbidden) && text.split('/').all(|name| !matches!(name, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_line_endings_are_accepted() {
        let paths = parse(b"doc/auth/key.md\nsrc/lib.rs\r\nsrc/models/mod.rs").unwrap();
        assert_eq!(paths.len(), 3);
        assert!(paths.contains(Path::new("src/lib.rs")));
        assert!(parse(b"").unwrap().is_empty());
        for empty_line in [&b"\n"[..], b"\n\n", b"\r\n", b"\nsrc/lib.rs\n"] {
            assert_eq!(parse(empty_line).unwrap_err().line, 1, "{empty_line:?}");
        }
        assert_eq!(parse(b"src/lib.rs\n\n").unwrap_err().line, 2);
    }

    #[test]
    fn an_invalid_line_is_an_error_with_its_number() {
        let hostile = [
            "../victim",
            "src/../../victim",
            "src/..",
            "/etc/passwd",
            "//server/share",
            "src//lib.rs",
            "src/",
            "src",
            "./src/lib.rs",
            "src/./lib.rs",
            "",
            ".",
            "Cargo.toml",
            "README.md",
            ".evergrant-files",
            ".git/config",
            "build.rs",
            "SRC/lib.rs",
            "C:\\Windows\\win.ini",
            "C:src/lib.rs",
            "src\\lib.rs",
            "src/lib.rs:stream",
            "src/a\0b",
            "src/a\tb",
            "doc/other.md",
        ];
        for line in hostile {
            let invalid = parse(format!("src/lib.rs\n{line}\n").as_bytes()).unwrap_err();
            assert_eq!(invalid.line, 2, "{line:?}");
        }
        assert_eq!(parse(b"src/\xff\n").unwrap_err().line, 1);
    }

    #[test]
    fn the_number_and_the_length_of_lines_are_limited() {
        let line = |length: usize| format!("src/{}\n", "a".repeat(length - 4));
        assert!(parse(line(MAX_LINE_BYTES).as_bytes()).is_ok());
        assert!(parse(line(MAX_LINE_BYTES + 1).as_bytes()).is_err());
        let lines = |count: usize| (0..count).map(|index| format!("src/{index}\n")).collect::<String>();
        assert_eq!(parse(lines(FILES.max).as_bytes()).unwrap().len(), FILES.max);
        let invalid = parse(lines(FILES.max + 1).as_bytes()).unwrap_err();
        assert!(invalid.problem.contains("too many files"), "{}", invalid.problem);
    }
}
