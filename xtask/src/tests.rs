//! All tests, doc tests, and the interoperability suite, with what they need.

use anyhow::Result;

use crate::command::{cargo, has_subcommand};
use crate::step::Outcome;

/// Installs what the tests of token stores start, if it is not there: a test has no time for that, and may not be alone.
pub(crate) fn engines() -> Result<Outcome> {
    cargo(["run", "--quiet", "--package", "fleet", "--bin", "engines"]).run()
}

/// With cargo-nextest where it is installed: it runs tests in processes of their own, and more of them at once.
pub(crate) fn all() -> Result<Outcome> {
    if has_subcommand("nextest") {
        cargo(["nextest", "run", "--workspace", "--all-features", "--no-fail-fast"]).run()?;
        return Ok(Outcome::Noted("with cargo-nextest".to_owned()));
    }
    cargo([
        "test",
        "--workspace",
        "--all-features",
        "--lib",
        "--bins",
        "--tests",
        "--no-fail-fast",
    ])
    .run()?;
    Ok(Outcome::Noted(
        "with cargo test, as cargo-nextest is not installed".to_owned(),
    ))
}

pub(crate) fn documentation() -> Result<Outcome> {
    cargo(["test", "--workspace", "--all-features", "--doc"]).run()
}

/// Every block of Rust in the guides, what people come from included; but not in the tutorial, `an-sdk-in-ten-minutes.md`,
/// which a test of `evergrant-cli` follows.
pub(crate) fn guides() -> Result<Outcome> {
    let manifest = ["--manifest-path", "guides/Cargo.toml", "--target-dir", "target/guides"];
    cargo(["test", "--quiet", "--doc", "--locked"].into_iter().chain(manifest)).run()
}

/// The token lifecycle under every interleaving that loom finds, in a build of its own: its locks are loom's.
pub(crate) fn model() -> Result<Outcome> {
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
    .run()
}

/// A minute of real time.
pub(crate) fn soak() -> Result<Outcome> {
    cargo([
        "test",
        "--quiet",
        "--package",
        "evergrant-reqwest",
        "--test",
        "soak",
        "--",
        "--ignored",
        "--nocapture",
    ])
    .run()
}

/// The suite installs what it needs by itself.
pub(crate) fn interoperability() -> Result<Outcome> {
    cargo(["run", "--quiet", "--package", "interop"]).run()
}
