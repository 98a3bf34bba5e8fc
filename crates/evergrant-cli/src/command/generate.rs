//! `evergrant generate`: writes a Rust SDK, or checks that an existing one is up to date.

use std::path::Path;

use evergrant_openapi::{Runtime, Sdk, WriteSummary};

use super::{evergrant_sdk_location, openapi_description};
use crate::arguments::{GenerateArgs, RuntimeChoice};
use crate::failure::{self, Failure, Kind, local};
use crate::standard_output;
use crate::terminal_sanitizer::lines_for_terminal;

pub(super) fn run(args: GenerateArgs) -> Result<(), Failure> {
    let out = &args.out;
    check_directory(out)?;
    let mut generator = openapi_description::generator(&args.description)?;
    if args.allow_skip {
        generator = generator.allow_skip();
    }
    let sdk = generator.runtime(runtime(args.runtime, out)?).generate()?;
    for warning in sdk.warnings() {
        failure::warn(&warning.to_string());
    }
    for skipped in sdk.skipped() {
        failure::skipped(&skipped.to_string());
    }
    match args.check {
        true => check(&sdk, out),
        false => {
            let written = sdk.write(out)?;
            standard_output::line(&lines_for_terminal(&summary(&written, out)))
        }
    }
}

/// Checks the directory before anything else is read.
fn check_directory(out: &Path) -> Result<(), Failure> {
    match std::fs::metadata(out) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(Failure::usage(format!(
            "{} is not a directory; pass --out a directory, or a path to create one",
            out.display()
        ))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(local(&format!("cannot access {}", out.display()), error)),
    }
}

fn runtime(choice: Option<RuntimeChoice>, out: &Path) -> Result<Runtime, Failure> {
    match choice {
        Some(RuntimeChoice::Registry) => Ok(Runtime::Registry),
        Some(RuntimeChoice::Source(path)) => Ok(Runtime::Path(evergrant_sdk_location::from_path(&path, out)?)),
        // Keeps the existing source, so that the result is the same on every machine.
        None if evergrant_sdk_location::is_set(out) => Ok(Runtime::Unchanged),
        None => match evergrant_sdk_location::from_checkout(out) {
            Some(path) => {
                failure::note(&format!(
                    "the package uses evergrant-sdk from the source code of this program, {}; pass --runtime registry to use the published crate",
                    path.display()
                ));
                Ok(Runtime::Path(path))
            }
            None => Ok(Runtime::Registry),
        },
    }
}

fn check(sdk: &Sdk, out: &Path) -> Result<(), Failure> {
    let differences = sdk.check(out)?;
    if differences.is_empty() {
        return Ok(());
    }
    for difference in &differences {
        standard_output::line(&lines_for_terminal(&difference.to_string()))?;
    }
    let files = plural(differences.len(), "file differs", "files differ");
    Err(Failure::new(
        Kind::Rejected,
        format!(
            "{files} in {} from the generated SDK; run again without --check",
            out.display()
        ),
    ))
}

fn summary(written: &WriteSummary, out: &Path) -> String {
    let total = written.changed.len() + written.unchanged;
    let mut text = format!("{} in {}", plural(total, "file", "files"), out.display());
    text += &match (written.changed.len(), written.removed.len()) {
        (0, 0) => ": all unchanged".to_owned(),
        (changed, 0) => format!(": {changed} written"),
        (changed, removed) => format!(": {changed} written, {removed} removed (no longer generated)"),
    };
    format!("{text}\nNext: cd {} && cargo doc --open", shell_quoted(out))
}

/// Quotes a path for a shell.
fn shell_quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |letter: char| letter.is_alphanumeric() || "/._-+".contains(letter);
    match path.chars().all(plain) {
        true => path,
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
