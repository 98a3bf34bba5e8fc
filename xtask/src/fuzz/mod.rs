//! `cargo xtask fuzz`: runs the fuzz targets and prints a table of the results.

mod corpus;
mod options;
mod statistics;

use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context as _, Result, bail};

use self::options::Options;
use self::statistics::RunStatistics;
use crate::command::{Invocation, cargo, has_subcommand, program, root};
use crate::step::print_line;

/// Run time of a target, in seconds.
const DEFAULT_SECONDS: u64 = 5 * 60;
/// Targets with the largest input formats, which run longer.
const LONG_TARGETS: [&str; 4] = ["openapi", "secret_redaction", "token_response", "token_store_record"];
const LONG_SECONDS: u64 = 20 * 60;

/// Maximum length of an input, in bytes.
const MAX_INPUT: u64 = 4 * 1024;
const MAX_DESCRIPTION: u64 = 16 * 1024;

/// Runs `cargo xtask fuzz` with the arguments after `fuzz`. Returns `false` if a target has a finding.
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
    fs::create_dir_all(&logs).with_context(|| format!("cannot create the folder {}", logs.display()))?;
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
    print_summary(&options, &logs)
}

/// Returns the names of all targets.
fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("fuzz/fuzz_targets"))? {
        let path = entry?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// Builds all targets and returns the folder of the binaries.
fn build() -> Result<PathBuf> {
    if !has_subcommand("fuzz") {
        bail!("cargo-fuzz is not installed: cargo install cargo-fuzz --locked");
    }
    // A stable compiler accepts the coverage flags only with this variable. A sanitizer is of little use without
    // `unsafe`.
    cargo(["fuzz", "build", "--sanitizer", "none", "--target-dir", "fuzz/target"])
        .env("RUSTC_BOOTSTRAP", "1")
        .run()?;
    let version = program("rustc", ["-vV"]).stdout()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.context("`rustc -vV` prints no host")?;
    Ok(root().join("fuzz/target").join(host).join("release"))
}

/// Whether the log is newer than the binary.
fn is_newer(log: &Path, binary: &Path) -> Result<bool> {
    Ok(fs::metadata(log)?.modified()? >= fs::metadata(binary)?.modified()?)
}

/// Returns the folder of a target's findings.
fn artifacts(target: &str) -> PathBuf {
    root().join("fuzz/artifacts").join(target)
}

/// Runs a target, unless its log shows a run of this length since it was built.
fn fuzz(binary: &Path, target: &str, seconds: Option<u64>, logs: &Path) -> Result<()> {
    let is_long = LONG_TARGETS.contains(&target);
    let seconds = seconds.unwrap_or(if is_long { LONG_SECONDS } else { DEFAULT_SECONDS });
    let log = logs.join(format!("{target}.log"));
    let previous = fs::read_to_string(&log).unwrap_or_default();
    if RunStatistics::parse(&previous)
        .seconds
        .is_some_and(|ran| ran >= seconds)
        && is_newer(&log, binary)?
    {
        print_line(&format!("    {target}: already run, see {}", log.display()));
        return Ok(());
    }
    let artifacts = artifacts(target);
    let discovered = corpus::discovered(target);
    for folder in [&artifacts, &discovered] {
        fs::create_dir_all(folder)?;
    }
    let max_length = match target {
        "openapi" => MAX_DESCRIPTION,
        _ => MAX_INPUT,
    };
    let mut fuzzer: Invocation = program(binary, [&discovered, &corpus::unpack(target)?]).arguments([
        format!("-max_total_time={seconds}"),
        format!("-max_len={max_length}"),
        format!("-artifact_prefix={}/", artifacts.display()),
        // Processing time must be linear in the size of the input.
        "-timeout=10".to_owned(),
        "-rss_limit_mb=2048".to_owned(),
        "-print_final_stats=1".to_owned(),
    ]);
    let dictionary = root().join(format!("fuzz/dictionaries/{target}.dict"));
    if dictionary.exists() {
        fuzzer = fuzzer.arguments([format!("-dict={}", dictionary.display())]);
    }
    print_line(&format!("==> {target}: {seconds} s"));
    let status = fuzzer.run_with_output_file(File::create(&log)?)?;
    print_line(&format!("<== {target}: {status}"));
    Ok(())
}

/// Prints the table. Returns `false` if a target has a finding or an incomplete run.
fn print_summary(options: &Options, logs: &Path) -> Result<bool> {
    let mut success = true;
    print_line("| target | executions | per second | seconds | new inputs | findings |\n|---|---:|---:|---:|---:|---|");
    for target in &options.targets {
        let statistics = RunStatistics::parse(&fs::read_to_string(logs.join(format!("{target}.log")))?);
        let seconds = statistics
            .seconds
            .map_or("incomplete".to_owned(), |seconds| seconds.to_string());
        let mut findings = Vec::new();
        let artifacts = artifacts(target);
        fs::create_dir_all(&artifacts)?;
        for entry in fs::read_dir(artifacts)? {
            findings.push(entry?.path().display().to_string());
        }
        success &= statistics.seconds.is_some() && findings.is_empty();
        let findings = match findings.is_empty() {
            true => "none".to_owned(),
            false => findings.join(", "),
        };
        print_line(&format!(
            "| {target} | {} | {} | {seconds} | {} | {findings} |",
            statistics.executions, statistics.per_second, statistics.new_inputs
        ));
    }
    Ok(success)
}
