//! The `evergrant` program gets access tokens, makes authorized calls, demonstrates both, and generates SDKs from
//! OpenAPI descriptions.
//!
//! Flow of a command: `arguments` parses the command line, `settings` merges it with the `profile` and resolves the
//! secret (`client_secret_input`), `command` runs the library, `standard_output` and `failure` print results and
//! errors, and `terminal_sanitizer` removes control characters from the text that servers send. `sign_in_redirect`
//! opens the user's browser and waits for its return, and `user_token_file` stores that user's token.
//! `store_selection` selects where a client's own token is stored: in a folder from `user_folders` or elsewhere.
//! ARCHITECTURE.md shows which module may import which.
//!
//! `demo`, `generate` and `store` are features; each enables the command with its name, and `generate` also `inspect`.

mod arguments;
mod background_task_tracker;
mod client_secret_input;
mod command;
mod connection;
#[cfg(feature = "demo")]
mod demo;
mod failure;
mod interrupt_signals;
mod logging;
mod profile;
mod settings;
mod sign_in_redirect;
mod standard_output;
#[cfg(feature = "store")]
mod store_selection;
mod terminal_sanitizer;
mod user_folders;
mod user_token_file;

use std::process::ExitCode;

fn main() -> ExitCode {
    match arguments::parse().and_then(command::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
