//! `cargo xtask mutants`: changes the code in small ways, one at a time, and checks that a test of the core notices
//! each change. `.cargo/mutants.toml` lists the modules, and the changes that have no effect.

mod options;
mod results;

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use self::options::{Options, Selection};
use self::results::Counts;
use crate::changed_files;
use crate::command::{cargo, has_subcommand, program, root};
use crate::step::print_line;

/// The version for which `.cargo/mutants.toml` is written.
const VERSION: &str = "27.1.0";

/// The packages with listed modules, and Cargo's arguments for the tests that must notice their mutants.
const SUITES: [(&str, &[&str]); 2] = [
    ("evergrant", &["--all-features", "--lib", "--test=behaviour"]),
    ("evergrant-store", &["--features=file", "--lib"]),
];

/// The packages of this workspace that each run compiles again, because cargo-mutants copies them to a new folder.
const COPIED: [&str; 5] = [
    "evergrant",
    "evergrant-reqwest",
    "evergrant-store",
    "evergrant-testing",
    "store-faults",
];

/// Exit codes of cargo-mutants: tests did not notice a mutant; a mutant made the tests hang, which is noticed.
const MISSED: i32 = 2;
const TIMED_OUT: i32 = 3;

/// Runs `cargo xtask mutants` with the arguments after `mutants`. Returns `false` if no test noticed one of the
/// mutants.
pub(crate) fn run(arguments: impl Iterator<Item = String>) -> Result<bool> {
    let options = Options::parse(arguments)?;
    let target = root().join("target/mutants");
    fs::create_dir_all(&target)?;
    let selection = match &options.selection {
        Selection::All { shard: None } => Vec::new(),
        Selection::All { shard: Some(shard) } => vec!["--shard".to_owned(), shard.to_string()],
        Selection::ChangesSince(base) => {
            let diff = target.join("changes.diff");
            fs::write(&diff, diff_with(base.as_deref())?)?;
            vec!["--in-diff".to_owned(), diff.display().to_string()]
        }
    };
    install()?;
    // Two runs would compile each other's mutants.
    let lock = File::create(target.join("lock"))?;
    lock.lock()?;
    remove_old_copies(&target)?;
    let mut all_noticed = true;
    for (package, tests) in SUITES {
        let output = target.join(options.folder(package));
        all_noticed &= test_mutants(&target, &output, package, tests, &selection)?;
    }
    let mut counts = Counts::default();
    for (package, _) in SUITES {
        for folder in options.folders(package) {
            counts.add_run(&target.join(folder))?;
        }
    }
    print_line(&counts.to_string());
    Ok(all_noticed)
}

/// Returns the differences of the working tree, untracked files included, from a commit.
fn diff_with(base: Option<&str>) -> Result<String> {
    let base = base.map_or_else(changed_files::default_base, str::to_owned);
    let diff = ["diff", "--no-color", "--no-ext-diff"];
    let mut text = program("git", diff).arguments([&base]).stdout()?;
    let untracked = program("git", ["ls-files", "--others", "--exclude-standard", "*.rs"]).stdout()?;
    for file in untracked.lines() {
        // Exits with 1, because the file differs from an empty one.
        let added = program("git", diff)
            .arguments(["--no-index", "/dev/null", file])
            .output()?;
        text += &String::from_utf8_lossy(&added.stdout);
    }
    Ok(text)
}

fn install() -> Result<()> {
    if !has_subcommand("mutants") {
        print_line("cargo-mutants is not installed; installing it takes some minutes");
        cargo(["install", "--locked", "cargo-mutants", "--version", VERSION])
            .run()
            .context("cannot install cargo-mutants")?;
    }
    Ok(())
}

/// Removes what earlier runs compiled from their copies of the workspace. The other dependencies stay.
fn remove_old_copies(target: &Path) -> Result<()> {
    cargo(["clean", "--quiet", "--profile", "mutants", "--target-dir"])
        .arguments([target.join("build")])
        .arguments(COPIED.iter().flat_map(|package| ["--package", package]))
        .run()?;
    Ok(())
}

/// Runs cargo-mutants on one package. Returns whether the tests noticed all mutants.
fn test_mutants(target: &Path, output: &Path, package: &str, tests: &[&str], selection: &[String]) -> Result<bool> {
    if output.exists() {
        fs::remove_dir_all(output)?;
    }
    fs::create_dir_all(output)?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["mutants", "--package", package]).args(selection);
    command.arg("--output").arg(output);
    command.args(tests.iter().map(|argument| format!("--cargo-arg={argument}")));
    if has_subcommand("nextest") {
        // It stops at the first failed test, and stops tests that hang.
        command
            .args(["--test-tool", "nextest"])
            .env("NEXTEST_PROFILE", "mutants");
    }
    let status = command
        .current_dir(root())
        .env("CARGO_TARGET_DIR", target.join("build"))
        .stdin(Stdio::null())
        .status()
        .context("cannot run cargo mutants")?;
    match status.code() {
        Some(0 | TIMED_OUT) => Ok(true),
        Some(MISSED) => Ok(false),
        _ => bail!("`cargo mutants --package {package}` failed: {status}"),
    }
}
