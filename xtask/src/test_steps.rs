//! The steps of `cargo xtask test`.

use std::thread;

use anyhow::Result;

use crate::command::{cargo, has_subcommand, program};
use crate::step::{Background, Outcome};
use crate::workspace_build::{ALL, binary};

/// Tests that run at the same time, for each processor: most tests wait for processes, servers or clocks.
const TESTS_PER_PROCESSOR: usize = 3;

/// Installs the store engines that are missing. Tests do not install them, because they have timeouts and run in
/// parallel.
pub(crate) fn install_engines() -> Result<Outcome> {
    program(binary("engines")?, [""; 0]).run()
}

/// Runs the tests, among them the soak test, with cargo-nextest if it is installed: it runs them in separate processes
/// and more in parallel.
pub(crate) fn workspace_tests() -> Result<Outcome> {
    if has_subcommand("nextest") {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let threads = (processors * TESTS_PER_PROCESSOR).to_string();
        cargo([
            "nextest",
            "run",
            "--no-fail-fast",
            "--run-ignored",
            "all",
            "--test-threads",
            &threads,
        ])
        .arguments(ALL)
        .run()?;
        return Ok(Outcome::PassedWithNote("with cargo-nextest".to_owned()));
    }
    cargo(["test", "--lib", "--bins", "--tests", "--no-fail-fast"])
        .arguments(ALL)
        .run()?;
    soak()?;
    Ok(Outcome::PassedWithNote(
        "with cargo test, because cargo-nextest is not installed".to_owned(),
    ))
}

/// Tests the examples in the documentation and all Rust blocks of the guides, except those of the tutorial
/// `generating-an-sdk-in-ten-minutes.md`, which a test of `evergrant-cli` runs.
pub(crate) fn doc_tests() -> Result<Outcome> {
    cargo(["test", "--quiet", "--doc", "--no-fail-fast"])
        .arguments(ALL)
        .run()
}

/// Starts to check the token lifecycle under all interleavings with loom, in a separate build with loom's locks.
pub(crate) fn model_checks() -> Result<Background> {
    cargo([
        "test",
        "--quiet",
        "--release",
        "--package",
        "evergrant",
        "--lib",
        "--target-dir",
        "target/loom",
        "loom_",
    ])
    .env("RUSTFLAGS", "--cfg evergrant_loom")
    .start_in_background("model.log")
}

/// Runs the soak test, which takes one minute.
pub(crate) fn soak() -> Result<Outcome> {
    cargo(["test", "--quiet", "--test", "behaviour"])
        .arguments(ALL)
        .arguments([
            "--",
            "--ignored",
            "--nocapture",
            "no_call_fails_while_there_is_a_valid_token",
        ])
        .run()
}

/// Runs the fault suite of the stores.
pub(crate) fn store_faults() -> Result<Outcome> {
    cargo(["nextest", "run", "-E", "package(store-faults)"])
        .arguments(ALL)
        .run()
}

/// Runs the interoperability suite, which installs what it needs.
pub(crate) fn interoperability() -> Result<Outcome> {
    let evergrant = binary("evergrant")?;
    program(binary("interop")?, ["--program".as_ref(), evergrant.as_os_str()]).run()
}
