//! Checks the tutorial `docs/generating-an-sdk-in-ten-minutes.md`: writes its files, runs its commands and compares
//! their output.
//!
//! A `sh` block is run. A `text` block is the output of the `sh` block before it, where `...` matches anything. Any
//! other block is a file or an addition to a file, named in the line above it. Every block must be one of these.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

struct Block<'t> {
    language: &'t str,
    /// The last line before the block.
    above: &'t str,
    text: String,
}

/// The directory in which the tutorial runs.
struct Workspace {
    directory: PathBuf,
    /// The current directory of the tutorial's shell.
    current: PathBuf,
    written: BTreeSet<PathBuf>,
    /// Excludes other runs.
    _lock: File,
}

#[test]
fn the_tutorial_works() {
    let tutorial = fs::read_to_string(root().join("docs/generating-an-sdk-in-ten-minutes.md")).unwrap();
    let mut workspace = Workspace::new();
    let mut printed = None;
    for block in blocks(&tutorial) {
        match block.language {
            "sh" => printed = Some(workspace.run(&block.text)),
            "text" => assert_printed(printed.as_deref().expect("a command before it"), &block.text),
            "toml" => workspace.add_to_tables(block.path(), &block.text),
            _ => workspace.write(block.path(), &block.text),
        }
    }
    let overlay = fs::read_to_string(root().join("docs/tutorial/overlay.yaml")).unwrap();
    assert_eq!(
        workspace.read(Path::new("overlay.yaml")),
        overlay,
        "the tutorial's overlay equals the one in the repository"
    );
}

impl Workspace {
    /// Creates an empty directory with the dependency versions of this repository.
    fn new() -> Self {
        let directory = root().join("target/generated/tutorial");
        fs::create_dir_all(directory.parent().unwrap()).unwrap();
        let lock = File::create(directory.with_extension("lock")).unwrap();
        lock.lock().unwrap();
        if directory.exists() {
            fs::remove_dir_all(&directory).unwrap();
        }
        fs::create_dir_all(&directory).unwrap();
        fs::copy(root().join("Cargo.lock"), directory.join("Cargo.lock")).unwrap();
        let workspace = "[workspace]\nresolver = \"3\"\nmembers = [\"parcels\"]\n";
        fs::write(directory.join("Cargo.toml"), workspace).unwrap();
        Self {
            current: directory.clone(),
            directory,
            written: BTreeSet::new(),
            _lock: lock,
        }
    }

    /// Runs a block, checks the exit code in its last line, and returns its output.
    fn run(&mut self, block: &str) -> String {
        let expected = block
            .rsplit_once("# exit code ")
            .map_or(0, |(_, code)| code.trim().parse().unwrap());
        let block: String = block
            .lines()
            .map(|line| match line {
                // The program is the one under test.
                line if line.starts_with("cargo install ") => "\n".to_owned(),
                // Needs the registry; packaging is its first step.
                line if line.starts_with("cargo publish --dry-run ") => "cargo package --allow-dirty\n".to_owned(),
                line => format!("{line}\n"),
            })
            .collect();
        let program = Path::new(env!("CARGO_BIN_EXE_evergrant")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let end = self.directory.join("current");
        let script = format!("exec 2>&1; trap 'pwd >{end:?}' EXIT; set -e\n{}", from_checkout(&block));
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(&self.current)
            .env("PATH", format!("{}:{path}", program.display()))
            .env("CARGO_NET_OFFLINE", "true")
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(expected), "{block}\n{printed}");
        self.current = fs::read_to_string(&end).unwrap().trim_end().into();
        printed
    }

    /// Writes a new file, or appends to one that the tutorial has written.
    fn write(&mut self, path: &Path, text: &str) {
        let full = self.directory.join(path);
        if self.written.insert(path.to_owned()) {
            assert!(!full.exists(), "{} already exists", path.display());
            fs::create_dir_all(full.parent().unwrap()).unwrap();
            fs::write(full, text).unwrap();
        } else {
            let between = if path.ends_with("overlay.yaml") { "" } else { "\n" };
            fs::write(full, self.read(path) + between + text).unwrap();
        }
    }

    /// Adds the lines of each table of a block to the same table of a file.
    fn add_to_tables(&self, path: &Path, block: &str) {
        let mut text = self.read(path);
        for table in from_checkout(block).trim_end().split("\n\n") {
            let (head, lines) = table.split_once('\n').unwrap();
            assert_eq!(text.matches(head).count(), 1, "{head}");
            text = text.replace(head, &format!("{head}\n{lines}"));
        }
        fs::write(self.directory.join(path), text).unwrap();
    }

    fn read(&self, path: &Path) -> String {
        fs::read_to_string(self.directory.join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

impl Block<'_> {
    /// The file of the block.
    fn path(&self) -> &Path {
        let name = self.above.strip_suffix("`:").and_then(|line| line.rsplit('`').next());
        Path::new(name.unwrap_or_else(|| panic!("no file name for the block {:?}\n{}", self.language, self.text)))
    }
}

fn blocks(tutorial: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let (mut above, mut inside) = ("", false);
    for line in tutorial.lines() {
        match (line.strip_prefix("```"), inside) {
            (Some(language), false) => blocks.push(Block {
                language,
                above,
                text: String::new(),
            }),
            (Some(_), true) => above = "",
            (None, true) => {
                let block = blocks.last_mut().unwrap();
                block.text += &format!("{line}\n");
            }
            (None, false) if !line.is_empty() => above = line,
            (None, false) => {}
        }
        inside ^= line.starts_with("```");
    }
    assert!(!inside && blocks.len() > 20, "{} blocks", blocks.len());
    blocks
}

/// Replaces paths of a checkout with this repository.
fn from_checkout(text: &str) -> String {
    let root = root().to_str().unwrap();
    text.replace("../../evergrant", root).replace("../evergrant", root)
}

/// Asserts that the quoted lines occur in the output in sequence. `...` matches any lines, as do the start and the end.
#[track_caller]
fn assert_printed(printed: &str, quoted: &str) {
    let lines: Vec<&str> = printed.lines().collect();
    let quoted: Vec<&str> = quoted.lines().collect();
    let mut from = 0;
    for run in quoted.split(|line| *line == "...").filter(|run| !run.is_empty()) {
        let found = lines[from..]
            .windows(run.len())
            .position(|there| there.iter().zip(run).all(|(line, quoted)| matches_line(line, quoted)));
        from += found.unwrap_or_else(|| panic!("not printed:\n{}\nbut:\n{printed}", run.join("\n"))) + run.len();
    }
}

/// Whether a line matches the quoted one, in which `...` matches anything.
fn matches_line(line: &str, quoted: &str) -> bool {
    let Some((head, tail)) = quoted.split_once("...") else {
        return line == quoted;
    };
    let Some(rest) = line.strip_prefix(head) else {
        return false;
    };
    (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| matches_line(rest, tail)))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}
