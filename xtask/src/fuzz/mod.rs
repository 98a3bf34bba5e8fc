//! `cargo xtask fuzz`: every fuzz target for as long as it should run, and what came of it as a table.

mod corpus;
mod log;
mod options;

use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context as _, Result, bail};

use self::log::Figures;
use self::options::Options;
use crate::command::{Run, cargo, has_subcommand, program, root};
use crate::step::say;

/// For how long a target runs, in seconds.
const SECONDS: u64 = 5 * 60;
/// Those that read the most, from the furthest away, run longer.
const LONG: [&str; 4] = ["openapi", "redaction", "store_record", "token_response"];
const LONG_SECONDS: u64 = 20 * 60;

/// The longest input, in bytes.
const LONGEST_INPUT: u64 = 4 * 1024;
const LONGEST_DESCRIPTION: u64 = 16 * 1024;

/// Runs what the arguments ask for. `false` if there is a finding.
pub(crate) fn run(arguments: impl IntoIterator<Item = String>) -> Result<bool> {
    let options = Options::parse(arguments, &targets()?)?;
    let folder = build()?;
    if options.minimize {
        for target in &options.targets {
            corpus::minimize(&folder.join(target), target)?;
        }
        return Ok(true);
    }
    let logs = root().join(&options.logs);
    fs::create_dir_all(&logs).with_context(|| format!("cannot make the folder {}", logs.display()))?;
    let queue: Mutex<VecDeque<&String>> = Mutex::new(options.targets.iter().collect());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    thread::scope(|scope| -> Result<()> {
        let worker = || -> Result<()> {
            while let Some(target) = next() {
                fuzz(&folder.join(target), target, options.seconds, &logs)?;
            }
            Ok(())
        };
        let workers: Vec<_> = (0..options.jobs).map(|_| scope.spawn(worker)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| bail!("a worker panicked")))
    })?;
    sum_up(&options, &logs)
}

/// The names of the targets that there are.
fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("fuzz/fuzz_targets"))? {
        let path = entry?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// Builds all targets, and gives the folder that they are in.
fn build() -> Result<PathBuf> {
    if !has_subcommand("fuzz") {
        bail!("cargo-fuzz is not installed: cargo install cargo-fuzz --locked");
    }
    // Coverage needs flags that a stable compiler takes with this variable alone; the code has no `unsafe` for a sanitizer to look at.
    cargo(["fuzz", "build", "--sanitizer", "none"])
        .env("RUSTC_BOOTSTRAP", "1")
        .run()?;
    let version = program("rustc", ["-vV"]).stdout()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.context("`rustc -vV` names no host")?;
    Ok(root().join("fuzz/target").join(host).join("release"))
}

/// Whether the log is of this very binary.
fn is_newer(log: &Path, binary: &Path) -> Result<bool> {
    Ok(fs::metadata(log)?.modified()? >= fs::metadata(binary)?.modified()?)
}

/// Where a target's findings are, until somebody removes them.
fn artifacts(target: &str) -> PathBuf {
    root().join("fuzz/artifacts").join(target)
}

/// Runs a target, unless the log of this binary says that it has run for that long.
fn fuzz(binary: &Path, target: &str, seconds: Option<u64>, logs: &Path) -> Result<()> {
    let is_long = LONG.contains(&target);
    let seconds = seconds.unwrap_or(if is_long { LONG_SECONDS } else { SECONDS });
    let log = logs.join(format!("{target}.log"));
    let known = fs::read_to_string(&log).unwrap_or_default();
    if Figures::of(&known).seconds.is_some_and(|ran| ran >= seconds) && is_newer(&log, binary)? {
        say(&format!("    {target}: has run, see {}", log.display()));
        return Ok(());
    }
    let artifacts = artifacts(target);
    let found = corpus::found(target);
    for folder in [&artifacts, &found] {
        fs::create_dir_all(folder)?;
    }
    let longest = match target {
        "openapi" => LONGEST_DESCRIPTION,
        _ => LONGEST_INPUT,
    };
    let mut fuzzer: Run = program(binary, [&found, &corpus::checked_in(target)]).arguments([
        format!("-max_total_time={seconds}"),
        format!("-max_len={longest}"),
        format!("-artifact_prefix={}/", artifacts.display()),
        // What takes longer grows faster than its input.
        "-timeout=10".to_owned(),
        "-rss_limit_mb=2048".to_owned(),
        "-print_final_stats=1".to_owned(),
    ]);
    let words = root().join(format!("fuzz/dictionaries/{target}.dict"));
    if words.exists() {
        fuzzer = fuzzer.arguments([format!("-dict={}", words.display())]);
    }
    say(&format!("==> {target}: {seconds} s"));
    let ended = fuzzer.run_into(File::create(&log)?)?;
    say(&format!("<== {target}: {ended}"));
    Ok(())
}

/// The table. `false` if there is a finding, or a run that has not come to its end.
fn sum_up(options: &Options, logs: &Path) -> Result<bool> {
    let mut well = true;
    say("| target | executions | per second | seconds | new inputs | findings |\n|---|---:|---:|---:|---:|---|");
    for target in &options.targets {
        let figures = Figures::of(&fs::read_to_string(logs.join(format!("{target}.log")))?);
        let seconds = figures
            .seconds
            .map_or("broke off".to_owned(), |seconds| seconds.to_string());
        let mut findings = Vec::new();
        let artifacts = artifacts(target);
        fs::create_dir_all(&artifacts)?;
        for entry in fs::read_dir(artifacts)? {
            findings.push(entry?.path().display().to_string());
        }
        well &= figures.seconds.is_some() && findings.is_empty();
        let findings = match findings.is_empty() {
            true => "none".to_owned(),
            false => findings.join(", "),
        };
        say(&format!(
            "| {target} | {} | {} | {seconds} | {} | {findings} |",
            figures.executions, figures.per_second, figures.new_inputs
        ));
    }
    Ok(well)
}
