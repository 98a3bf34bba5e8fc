//! `.evergrant-files`: what the last generation has written. It is read as if anybody had written it, since it comes with the
//! directory: each line has to be the path of a file that generation could have written.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::limits::FILES;

/// The list's place.
pub(super) const LIST: &str = ".evergrant-files";

/// In bytes: 335 for each of as many files as there may be. The paths of generated files are shorter.
pub(super) const LARGEST_LIST: u64 = 32 * 1024 * 1024;

/// In bytes; no path that is generated comes near.
const LONGEST_LINE: usize = 1_024;

/// Where generated files are, besides those that are kept and added to.
const HOMES: [&str; 2] = ["src/", "doc/auth/"];

/// A line that no list has: its number from 1, and why.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) line: usize,
    pub(super) problem: String,
}

/// The paths that the list names.
pub(super) fn parse(content: &[u8]) -> Result<BTreeSet<PathBuf>, Refused> {
    let refused = |line, problem: String| Err(Refused { line, problem });
    if content.len() as u64 > LARGEST_LIST {
        return refused(1, format!("the list is larger than {} MiB", LARGEST_LIST >> 20));
    }
    let mut paths = BTreeSet::new();
    if content.is_empty() {
        return Ok(paths);
    }
    // The last line ends as the others do.
    let lines = content.strip_suffix(b"\n").unwrap_or(content);
    for (index, line) in lines.split(|byte| *byte == b'\n').enumerate() {
        if let Err(problem) = FILES.check(index + 1) {
            return refused(index + 1, problem);
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match checked(line) {
            Ok(path) => paths.insert(path),
            Err(problem) => return refused(index + 1, problem),
        };
    }
    Ok(paths)
}

fn checked(line: &[u8]) -> Result<PathBuf, String> {
    if line.len() > LONGEST_LINE {
        return Err(format!("it is longer than {LONGEST_LINE} bytes"));
    }
    let Ok(text) = std::str::from_utf8(line) else {
        return Err("it is not UTF-8 text".to_owned());
    };
    let shown = || text.escape_debug().take(120).collect::<String>();
    if !is_plain(text) {
        return Err(format!("`{}` is not a plain path below the directory", shown()));
    }
    match HOMES.iter().any(|home| text.starts_with(home)) {
        true => Ok(Path::new(text).to_owned()),
        false => Err(format!(
            "`{}` is not below src or doc/auth, where generated files are",
            shown()
        )),
    }
}

/// Names and single slashes, on every platform: no `..`, no drive, no stream of a file, no other separator.
fn is_plain(text: &str) -> bool {
    let is_odd = |letter: char| letter.is_control() || matches!(letter, '\\' | ':');
    !text.contains(is_odd) && text.split('/').all(|name| !matches!(name, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_generation_has_written_is_read_with_either_line_end() {
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
    fn a_line_that_names_anything_else_is_refused_with_its_number() {
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
            let refused = parse(format!("src/lib.rs\n{line}\n").as_bytes()).unwrap_err();
            assert_eq!(refused.line, 2, "{line:?}");
        }
        assert_eq!(parse(b"src/\xff\n").unwrap_err().line, 1);
    }

    #[test]
    fn a_list_has_so_many_lines_of_such_a_length() {
        let line = |length: usize| format!("src/{}\n", "a".repeat(length - 4));
        assert!(parse(line(LONGEST_LINE).as_bytes()).is_ok());
        assert!(parse(line(LONGEST_LINE + 1).as_bytes()).is_err());
        let lines = |count: usize| (0..count).map(|index| format!("src/{index}\n")).collect::<String>();
        assert_eq!(parse(lines(FILES.most).as_bytes()).unwrap().len(), FILES.most);
        let refused = parse(lines(FILES.most + 1).as_bytes()).unwrap_err();
        assert!(refused.problem.contains("too many files"), "{}", refused.problem);
    }
}
