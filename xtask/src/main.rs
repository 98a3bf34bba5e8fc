//! Development tasks: `cargo xtask check`, `test` and `ci` run lists of steps and continue after a failed step;
//! `cargo xtask sdks` generates SDKs; `cargo xtask fuzz` runs fuzz targets; `cargo xtask mutants` runs mutation
//! tests.

mod cargo_deny;
mod changed_files;
mod check_each_feature;
mod command;
mod fuzz;
mod generate_sdks;
mod lints;
mod mutants;
mod options;
mod readme_commands;
mod run_examples;
mod step;
mod test_steps;
mod workspace_build;

use std::process::ExitCode;

use anyhow::Result;

use self::changed_files::Changes;
use self::options::{Options, Task};
use self::step::{Step, run_all};

const FORMAT: Step = Step::new("fmt", lints::format);
const CLIPPY: Step = Step::new("clippy", lints::clippy);
const DENY: Step = Step::beside("deny", cargo_deny::start);
const BENCH: Step = Step::new("bench", lints::bench);
const ENGINES: Step = Step::new("engines", test_steps::install_engines);
const INTEROP: Step = Step::new("interop", test_steps::interoperability);

/// The steps of `cargo xtask ci` before the tests: what fails soonest comes first.
const CHECKS: [Step; 6] = [
    FORMAT,
    CLIPPY,
    Step::new("rustdoc", lints::rustdoc),
    Step::new("features", check_each_feature::check_each),
    BENCH,
    DENY,
];

/// The steps of `cargo xtask test`.
const TEST: [Step; 5] = [
    Step::new("build", workspace_build::build),
    Step::new("tests", test_steps::workspace_tests),
    Step::new("doc-tests", test_steps::doc_tests),
    Step::beside("model", test_steps::model_checks),
    INTEROP,
];

/// The steps of `cargo xtask ci` after the tests.
const PROGRAMS: [Step; 2] = [
    Step::new("examples", run_examples::run_all),
    Step::new("readme", readme_commands::check_commands),
];

/// The steps of `cargo xtask check` for each change.
const QUICK: [Step; 4] = [FORMAT, CLIPPY, DENY, Step::new("unit-tests", changed_files::unit_tests)];

/// The steps of `cargo xtask check` for changes below some folders.
const AFFECTED: [(Step, &[&str]); 5] = [
    (BENCH, &["bench/"]),
    (
        Step::new("soak", test_steps::soak),
        &[
            "crates/evergrant/src/manager/",
            "crates/evergrant-reqwest/tests/behaviour/soak",
        ],
    ),
    (ENGINES, FAULTS),
    (Step::new("store-faults", test_steps::store_faults), FAULTS),
    (
        INTEROP,
        &[
            "tests/interop/",
            "tests/supervisor/",
            "crates/evergrant/src/token_endpoint/",
        ],
    ),
];

/// The folders whose changes affect the fault suite of the stores.
const FAULTS: &[&str] = &[
    "crates/evergrant-store/src/engine/",
    "crates/evergrant/src/store/",
    "tests/store-faults/",
    "tests/supervisor/",
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|task| task == "fuzz").is_some() {
        return exit_code(fuzz::run(arguments));
    }
    if arguments.next_if(|task| task == "mutants").is_some() {
        return exit_code(mutants::run(arguments));
    }
    let options = match Options::parse(arguments, &all_steps()) {
        Ok(options) => options,
        Err(usage) => {
            step::print_line(&usage.to_string());
            return ExitCode::from(2);
        }
    };
    if let Some(base) = options.base {
        changed_files::compare_with(base);
    }
    exit_code(steps(options.task).and_then(|steps| {
        let passed = run_all(&steps, &options.skipped);
        if passed && options.task == Task::Ci && options.skipped.is_empty() {
            changed_files::record_passed()?;
        }
        Ok(passed)
    }))
}

fn exit_code(success: Result<bool>) -> ExitCode {
    match success {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            step::print_line(&format!("{error:#}"));
            ExitCode::from(2)
        }
    }
}

/// Returns the steps of a task.
fn steps(task: Task) -> Result<Vec<Step>> {
    Ok(match task {
        Task::Check => {
            let changes = Changes::find()?;
            let affected = AFFECTED.iter().filter(|(_, folders)| changes.touch(folders));
            QUICK.into_iter().chain(affected.map(|(step, _)| *step)).collect()
        }
        Task::Test => TEST.to_vec(),
        Task::Ci => [CHECKS.as_slice(), &TEST, &PROGRAMS].concat(),
        Task::Sdks => vec![Step::new("sdks", generate_sdks::generate)],
    })
}

/// Returns the steps of all tasks, which `--skip` can name.
fn all_steps() -> Vec<Step> {
    let affected = AFFECTED.iter().map(|(step, _)| *step);
    [CHECKS.as_slice(), &TEST, &PROGRAMS, &QUICK]
        .concat()
        .into_iter()
        .chain(affected)
        .collect()
}
