//! `evergrant generate`: a Rust SDK on disk, or an answer to whether the one there is the description's.

use std::path::Path;

use evergrant_openapi::{Runtime, Sdk, Written};

use super::{description, runtime};
use crate::cli::{GenerateArgs, RuntimeChoice};
use crate::failure::{self, Failure, Kind, local};
use crate::output;
use crate::text::lines_for_screen;

pub(super) fn run(args: GenerateArgs) -> Result<(), Failure> {
    let out = &args.out;
    check_directory(out)?;
    let mut generator = description::generator(&args.description)?;
    if args.allow_skip {
        generator = generator.allow_skip();
    }
    let sdk = generator.runtime(runtime(args.runtime, out)?).generate()?;
    for warning in sdk.warnings() {
        failure::warn(&warning.to_string());
    }
    for skipped in sdk.skipped() {
        failure::left_out(&skipped.to_string());
    }
    match args.check {
        true => check(&sdk, out),
        false => {
            let written = sdk.write(out)?;
            output::line(&lines_for_screen(&told(&written, out)))
        }
    }
}

/// Before anything is read: a mistyped directory is found out sooner than a mistyped description.
fn check_directory(out: &Path) -> Result<(), Failure> {
    match std::fs::metadata(out) {
        Ok(there) if there.is_dir() => Ok(()),
        Ok(_) => Err(Failure::usage(format!(
            "{} is not a directory; give --out one, or a path where one can be made",
            out.display()
        ))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(local(&format!("cannot look at {}", out.display()), error)),
    }
}

fn runtime(choice: Option<RuntimeChoice>, out: &Path) -> Result<Runtime, Failure> {
    match choice {
        Some(RuntimeChoice::Registry) => Ok(Runtime::Registry),
        Some(RuntimeChoice::Source(path)) => Ok(Runtime::Path(runtime::within(&path, out)?)),
        // Whoever generates it again, on whatever machine, gets what is there.
        None if runtime::is_named(out) => Ok(Runtime::Kept),
        None => match runtime::built_from(out) {
            Some(path) => {
                failure::note(&format!(
                    "the package takes evergrant-sdk from the source of this program, {}; --runtime registry takes the published one",
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
        output::line(&lines_for_screen(&difference.to_string()))?;
    }
    let files = counted(differences.len(), "file differs", "files differ");
    Err(Failure::new(
        Kind::Refused,
        format!(
            "{files} in {} from what the description generates; generate it again without --check",
            out.display()
        ),
    ))
}

fn told(written: &Written, out: &Path) -> String {
    let total = written.changed.len() + written.unchanged;
    let mut told = format!("{} in {}", counted(total, "file", "files"), out.display());
    told += &match (written.changed.len(), written.removed.len()) {
        (0, 0) => ": all as they were".to_owned(),
        (changed, 0) => format!(": {changed} written"),
        (changed, removed) => format!(": {changed} written, {removed} removed that are no longer generated"),
    };
    format!("{told}\nNext: cd {} && cargo doc --open", quoted(out))
}

/// As a shell takes it.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |letter: char| letter.is_alphanumeric() || "/._-+".contains(letter);
    match path.chars().all(plain) {
        true => path,
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
