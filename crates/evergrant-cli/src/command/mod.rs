//! The commands. Each runs the library with the settings and writes its result to standard output.

mod call;
mod completions;
mod discover;
#[cfg(feature = "generate")]
mod evergrant_sdk_location;
#[cfg(feature = "generate")]
mod generate;
#[cfg(feature = "generate")]
mod inspect;
mod login;
#[cfg(feature = "generate")]
mod openapi_description;
mod response_decompression;
#[cfg(feature = "store")]
mod store;
mod token;

use std::future::Future;

use evergrant::Relaxation;

use crate::arguments::{Cli, Command};
#[cfg(feature = "demo")]
use crate::demo::{self, EventCounter};
use crate::failure::{FORBID_DANGER, Failure, local};
use crate::logging::{self, Verbosity};

/// Runs the command.
pub(crate) fn run(cli: Cli) -> Result<(), Failure> {
    let verbosity = match cli.verbose {
        true => Verbosity::Events,
        false => Verbosity::Notices,
    };
    #[cfg(feature = "demo")]
    let events = matches!(cli.command, Command::Demo(_)).then(EventCounter::default);
    #[cfg(not(feature = "demo"))]
    let events = None::<tracing_subscriber::layer::Identity>;
    logging::start(verbosity, events.clone()).map_err(|error| local("cannot start logging", error))?;
    if forbids_danger() {
        Relaxation::forbid_all();
    }
    match cli.command {
        #[cfg(feature = "demo")]
        Command::Demo(args) => block_on(demo::run(args.json, events.unwrap_or_default())),
        Command::Token(args) => block_on(token::run(*args)),
        Command::Call(args) => block_on(call::run(*args)),
        Command::Discover(args) => block_on(discover::run(*args)),
        Command::Login(args) => block_on(login::run(*args)),
        Command::Logout(args) => block_on(login::logout(*args)),
        #[cfg(feature = "store")]
        Command::Store { command } => block_on(store::run(command)),
        #[cfg(feature = "generate")]
        Command::Generate(args) => generate::run(*args),
        #[cfg(feature = "generate")]
        Command::Inspect(args) => inspect::run(*args),
        Command::Completions { shell } => completions::run(shell),
    }
}

/// Whether the environment forbids all `danger` flags and settings.
fn forbids_danger() -> bool {
    std::env::var_os(FORBID_DANGER).is_some_and(|value| !value.is_empty() && value != "0")
}

fn block_on(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| local("cannot start the async runtime", error))?;
    let outcome = runtime.block_on(command);
    // A hanging name lookup must not delay the exit.
    runtime.shutdown_background();
    outcome
}
