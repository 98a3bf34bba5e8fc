//! `evergrant completions`: a completion script for a shell.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::arguments::Cli;
use crate::failure::Failure;
use crate::standard_output;

pub(super) fn run(shell: Shell) -> Result<(), Failure> {
    // Into memory first: the generator panics when a pipe is closed.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "evergrant", &mut script);
    standard_output::write(|stdout| std::io::Write::write_all(stdout, &script))
}
