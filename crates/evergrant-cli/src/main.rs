//! The `evergrant` program: access tokens and authorized calls from the command line, a demonstration of both, and SDKs from
//! OpenAPI descriptions.
//!
//! The way of a command: `cli` reads the arguments, `settings` puts them together with a `profile` and the secret's
//! `secret` source, `command` does the work with the library, `output` and `failure` say how it went, and `text` keeps what a
//! server wrote from playing with the terminal. `redirect` sends a user's browser away and waits for it, and `session`
//! keeps that user's token; `store` says where a client's own token is kept, in a folder of `state` or elsewhere.

mod cli;
mod command;
mod connection;
mod demo;
mod failure;
mod interrupt;
mod logging;
mod output;
mod profile;
mod redirect;
mod reference;
mod secret;
mod session;
mod settings;
mod state;
mod store;
mod tasks;
mod text;
mod transport;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::parse().and_then(command::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
