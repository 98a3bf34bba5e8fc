//! The command line: what can be said on it, what its help says, and what must not be said on it.

mod call;
mod client;
mod connection;
mod data;
mod endpoint;
mod generate;
mod guard;
mod help;
mod inspect;
mod login;
mod mistake;
mod names;
mod store;
mod token;

use std::ffi::OsString;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use self::call::{CallArgs, HeaderLines, parse_refusal};
pub(crate) use self::client::{AuthMethod, ClientArgs, SecretArgs};
pub(crate) use self::endpoint::{EndpointArgs, instead_of_parameter};
pub(crate) use self::generate::{DescriptionArgs, GenerateArgs, RuntimeChoice};
pub(crate) use self::guard::{OF_CLIENT, check_data, check_parameter, check_token_header, check_url};
pub(crate) use self::inspect::InspectArgs;
pub(crate) use self::login::{LoginArgs, LogoutArgs};
pub(crate) use self::names::is_secret_parameter;
pub(crate) use self::store::{StoreArgs, StoreClearArgs, StoreCommand, StorePlaceArgs, StoreStatusArgs};
pub(crate) use self::token::TokenArgs;
use crate::failure::Failure;

#[derive(Parser)]
#[command(
    name = "evergrant",
    version,
    about = "OAuth 2.0 access tokens and authorized API calls from the command line, and SDKs from OpenAPI descriptions.",
    after_help = help::MAIN,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Tell on standard error what happens inside: each fetch, renewal, failure. Never a secret
    #[arg(short, long, global = true, action = ArgAction::SetTrue)]
    pub(crate) verbose: bool,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show the library at work, against an authorization server and an API of its own: about 12 seconds
    #[command(after_help = help::DEMO)]
    Demo(DemoArgs),

    /// Print an access token
    #[command(after_help = help::TOKEN)]
    Token(Box<TokenArgs>),

    /// Call an API with an access token, and print what it answers
    #[command(after_help = help::CALL)]
    Call(Box<CallArgs>),

    /// Sign in with the browser, and keep the token for `call` and `token`
    #[command(after_help = help::LOGIN)]
    Login(Box<LoginArgs>),

    /// Forget the token that `login` has kept
    #[command(after_help = help::LOGOUT)]
    Logout(Box<LogoutArgs>),

    /// Look after a store of tokens, such as the one of `--cache`
    #[command(after_help = help::STORE)]
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },

    /// Write a Rust SDK for an API, from its OpenAPI description
    #[command(after_help = help::GENERATE)]
    Generate(Box<GenerateArgs>),

    /// Show what would be generated from an OpenAPI description, and what it does not say
    #[command(after_help = help::INSPECT)]
    Inspect(Box<InspectArgs>),

    /// Print a shell's completion script
    #[command(after_help = help::COMPLETIONS)]
    Completions {
        /// The shell to complete in
        shell: Shell,
    },
}

#[derive(Args)]
pub(crate) struct DemoArgs {
    /// End standard output with one JSON object of what was counted; the story goes to standard error
    #[arg(long)]
    pub(crate) json: bool,
}

/// Reads the program's arguments. Help, and what clap finds wrong, is told here.
pub(crate) fn parse() -> Result<Cli, Failure> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    guard::check_options(arguments.iter().skip(1))?;
    Cli::try_parse_from(arguments).map_err(|error| {
        if let Some(failure) = mistake::in_our_words(&error) {
            return failure;
        }
        // Where this cannot be written, there is nobody to tell that to.
        let _ = error.print();
        Failure::Told(u8::try_from(error.exit_code()).unwrap_or(2))
    })
}

/// A time limit in seconds.
fn seconds(text: &str) -> Result<Duration, String> {
    parse_seconds(text.parse().ok()).ok_or_else(|| "give seconds, above 0 and at most 3600".into())
}

/// A time limit from a number of seconds, if it makes sense as one.
pub(crate) fn parse_seconds(seconds: Option<f64>) -> Option<Duration> {
    let limit = Duration::try_from_secs_f64(seconds?).ok()?;
    (limit >= Duration::from_millis(1) && limit <= Duration::from_secs(3600)).then_some(limit)
}
