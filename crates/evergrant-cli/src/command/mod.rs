//! The commands: each puts settings and library together, and writes its result to standard output.

mod call;
mod completions;
mod decoding;
mod description;
mod generate;
mod inspect;
mod login;
mod runtime;
mod store;
mod token;

use std::future::Future;

use evergrant::Relaxation;

use crate::cli::{Cli, Command};
use crate::demo::{self, Journal};
use crate::failure::{Failure, local};
use crate::logging::{self, Verbosity};

/// The environment variable that forbids all `danger` flags and settings of profiles.
pub(crate) const FORBID_DANGER: &str = "EVERGRANT_FORBID_DANGER";

/// Runs the command that was asked for.
pub(crate) fn run(cli: Cli) -> Result<(), Failure> {
    let verbosity = match cli.verbose {
        true => Verbosity::Events,
        false => Verbosity::Notices,
    };
    let journal = matches!(cli.command, Command::Demo(_)).then(Journal::default);
    logging::start(verbosity, journal.clone()).map_err(|error| local("cannot start logging", error))?;
    if forbids_danger() {
        Relaxation::forbid_all();
    }
    match cli.command {
        Command::Demo(args) => block_on(demo::run(args.json, journal.unwrap_or_default())),
        Command::Token(args) => block_on(token::run(*args)),
        Command::Call(args) => block_on(call::run(*args)),
        Command::Login(args) => block_on(login::run(*args)),
        Command::Logout(args) => login::forget(*args),
        Command::Store { command } => block_on(store::run(command)),
        Command::Generate(args) => generate::run(*args),
        Command::Inspect(args) => inspect::run(*args),
        Command::Completions { shell } => completions::run(shell),
    }
}

/// Whether the environment forbids everything that is called `danger`.
fn forbids_danger() -> bool {
    std::env::var_os(FORBID_DANGER).is_some_and(|value| !value.is_empty() && value != "0")
}

fn block_on(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| local("cannot start the async runtime", error))?;
    let outcome = runtime.block_on(command);
    // A look-up of a name that hangs must not keep the program.
    runtime.shutdown_background();
    outcome
}
