//! One build of the workspace with all features, which the steps share: another selection of packages or features would
//! compile the dependencies again.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::command::{cargo, program};
use crate::step::Outcome;

/// Selects all packages with all features.
pub(crate) const ALL: [&str; 2] = ["--workspace", "--all-features"];

/// A program or an example of the workspace.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) kind: ProgramKind,
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// The kind of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProgramKind {
    Binary,
    Example,
}

/// Builds programs, examples and tests. Installs what the tests need as soon as the programs that install it are built.
pub(crate) fn build() -> Result<Outcome> {
    let engines = program(binary("engines")?, [""; 0]).start()?;
    let servers = program(binary("interop")?, ["--install"]).start()?;
    cargo(["test", "--no-run"]).arguments(ALL).run()?;
    engines.wait()?;
    servers.wait()
}

/// Returns all programs and examples, after a build.
pub(crate) fn programs() -> Result<Vec<Program>> {
    // With the examples, cargo enables the features of the tests' dependencies, as in a build of the tests.
    let messages = cargo([
        "build",
        "--bins",
        "--examples",
        "--message-format",
        "json-render-diagnostics",
    ])
    .arguments(ALL)
    .stdout()?;
    let mut programs = Vec::new();
    for line in messages.lines() {
        let message = serde_json::from_str(line).context("cargo printed a line that is not JSON")?;
        programs.extend(parse_program(&message));
    }
    programs.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(programs)
}

/// Returns the path of a program, after a build.
pub(crate) fn binary(name: &str) -> Result<PathBuf> {
    let is_it = |built: &Program| built.kind == ProgramKind::Binary && built.name == name;
    let found = programs()?.into_iter().find(is_it);
    Ok(found
        .with_context(|| format!("the workspace has no program {name}"))?
        .path)
}

/// Returns the program of one of Cargo's messages.
fn parse_program(message: &Value) -> Option<Program> {
    let target = &message["target"];
    let kind = match target["kind"][0].as_str()? {
        "bin" => ProgramKind::Binary,
        "example" => ProgramKind::Example,
        _ => return None,
    };
    Some(Program {
        kind,
        name: target["name"].as_str()?.to_owned(),
        path: message["executable"].as_str()?.into(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn programs_and_examples_are_recognized() {
        let message =
            |kind: &str| json!({ "target": { "kind": [kind], "name": "a" }, "executable": "/target/debug/a" });
        let kind = |name: &str| parse_program(&message(name)).map(|program| program.kind);
        assert_eq!(kind("bin"), Some(ProgramKind::Binary));
        assert_eq!(kind("example"), Some(ProgramKind::Example));
        assert_eq!(kind("lib"), None);
        assert!(parse_program(&json!({ "reason": "build-finished" })).is_none());
    }
}
