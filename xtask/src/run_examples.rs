//! Runs all examples. Each example starts its own servers and ends without input.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::command::program;
use crate::step::{Outcome, print_line};
use crate::workspace_build::{ProgramKind, programs};

const TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) fn run_all() -> Result<Outcome> {
    let mut examples = programs()?;
    examples.retain(|program| program.kind == ProgramKind::Example);
    ensure!(!examples.is_empty(), "the workspace has no examples");
    for example in &examples {
        print_line(&format!("--> {}", example.name));
        program(&example.path, [""; 0]).run_with_timeout(TIMEOUT)?;
    }
    Ok(Outcome::PassedWithNote(format!("{} examples", examples.len())))
}
