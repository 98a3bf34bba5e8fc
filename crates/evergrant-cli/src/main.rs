//! The `evergrant` program gets access tokens, makes authorized calls, demonstrates both, and generates SDKs from
//! OpenAPI descriptions.
//!
//! Flow of a command: `cli` parses the arguments, `settings` merges them with the `profile` and resolves the `secret`,
//! `command` runs the library, `standard_output` and `failure` print results and errors, and `sanitize` removes control
//! characters from the text that servers send. `redirect` opens the user's browser and waits for its return, and
//! `session` stores that user's token. `store` selects where a client's own token is stored: in a folder from
//! `user_folders` or elsewhere.
//!
//! Imports point downwards only: `command` · `settings` · `store` · `demo`, `logging`, `session` · `cli`, `connection`,
//! `interrupt`, `profile`, `redirect`, `secret`, `standard_output`, `user_folders` · `failure` · `sanitize`,
//! `task_tracker`.
//!
//! `demo`, `generate` and `store` are features; each enables the command with its name, and `generate` also `inspect`.

mod cli;
mod command;
mod connection;
#[cfg(feature = "demo")]
mod demo;
mod failure;
mod interrupt;
mod logging;
mod profile;
mod redirect;
mod sanitize;
mod secret;
mod session;
mod settings;
mod standard_output;
#[cfg(feature = "store")]
mod store;
mod task_tracker;
mod user_folders;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::parse().and_then(command::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
