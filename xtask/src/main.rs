//! The project's own chores: `cargo xtask test` and `cargo xtask ci`, each a list of steps that all run, whatever fails; and
//! `cargo xtask fuzz`.

mod command;
mod deny;
mod examples;
mod features;
mod fuzz;
mod options;
mod readme;
mod sdks;
mod step;
mod tests;

use std::process::ExitCode;

use anyhow::Result;

use self::command::cargo;
use self::options::{Chore, Options};
use self::step::{Outcome, Step, run_all};

/// What `cargo xtask test` runs, and `cargo xtask ci` first.
const TEST: [Step; 7] = [
    Step::new("engines", tests::engines),
    Step::new("tests", tests::all),
    Step::new("doc-tests", tests::documentation),
    Step::new("guides", tests::guides),
    Step::new("model", tests::model),
    Step::new("soak", tests::soak),
    Step::new("interop", tests::interoperability),
];

/// What `cargo xtask ci` runs besides.
const CHECKS: [Step; 8] = [
    Step::new("fmt", format),
    Step::new("clippy", clippy),
    Step::new("bench", bench),
    Step::new("rustdoc", rustdoc),
    Step::new("features", features::each),
    Step::new("examples", examples::all),
    Step::new("deny", deny::check),
    Step::new("readme", readme::commands),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|chore| chore == "fuzz").is_some() {
        return match fuzz::run(arguments) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                step::say(&format!("{error:#}"));
                ExitCode::from(2)
            }
        };
    }
    let options = match Options::parse(arguments, &steps(Chore::Ci)) {
        Ok(options) => options,
        Err(usage) => {
            step::say(&usage.to_string());
            return ExitCode::from(2);
        }
    };
    if run_all(&steps(options.chore), &options.skipped) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn steps(chore: Chore) -> Vec<Step> {
    match chore {
        Chore::Test => TEST.to_vec(),
        Chore::Ci => [TEST.as_slice(), &CHECKS].concat(),
        Chore::Sdks => vec![Step::new("sdks", sdks::generate)],
    }
}

fn format() -> Result<Outcome> {
    cargo(["fmt", "--all", "--check"]).run()?;
    for workspace in ["guides/Cargo.toml", "fuzz/Cargo.toml"] {
        cargo(["fmt", "--check", "--manifest-path", workspace]).run()?;
    }
    Ok(Outcome::Passed)
}

fn clippy() -> Result<Outcome> {
    cargo([
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "-D",
        "warnings",
    ])
    .run()
}

/// Not run, as its figures need a quiet machine; but what no longer builds cannot be run later either.
fn bench() -> Result<Outcome> {
    let manifest = ["--manifest-path", "bench/Cargo.toml"];
    cargo(["fmt", "--check"].into_iter().chain(manifest)).run()?;
    let warnings = ["--all-targets", "--locked", "--", "-D", "warnings"];
    cargo(["clippy"].into_iter().chain(manifest).chain(warnings)).run()
}

fn rustdoc() -> Result<Outcome> {
    cargo(["doc", "--workspace", "--no-deps", "--all-features"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()
}
