//! Steps that compile without running: formatting, lints and documentation.

use anyhow::Result;

use crate::command::cargo;
use crate::step::Outcome;
use crate::workspace_build::ALL;

pub(crate) fn format() -> Result<Outcome> {
    cargo(["fmt", "--all", "--check"]).run()?;
    for workspace in ["bench/Cargo.toml", "fuzz/Cargo.toml"] {
        cargo(["fmt", "--check", "--manifest-path", workspace]).run()?;
    }
    Ok(Outcome::Passed)
}

pub(crate) fn clippy() -> Result<Outcome> {
    cargo(["clippy", "--all-targets"])
        .arguments(ALL)
        .arguments(["--", "-D", "warnings"])
        .run()
}

/// Compiles the benchmarks. They are not run, because their figures need an idle machine.
pub(crate) fn bench() -> Result<Outcome> {
    cargo([
        "clippy",
        "--manifest-path",
        "bench/Cargo.toml",
        "--all-targets",
        "--locked",
    ])
    .arguments(["--", "-D", "warnings"])
    .run()
}

pub(crate) fn rustdoc() -> Result<Outcome> {
    cargo(["doc", "--no-deps"])
        .arguments(ALL)
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()
}
