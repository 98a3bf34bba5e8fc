//! The command line: arguments, help, and the checks that keep secrets out of it.

mod call;
mod client_flags;
mod connection_flags;
mod discover;
#[cfg(feature = "generate")]
mod generate;
mod help;
#[cfg(feature = "generate")]
mod inspect;
mod login;
mod missing_features;
mod nonstandard_server_flags;
mod reject_secrets;
mod secret_scan;
#[cfg(feature = "store")]
mod store;
mod token;
mod usage_error;

use std::ffi::OsString;
use std::time::Duration;

#[cfg(feature = "demo")]
use clap::Args;
use clap::{ArgAction, Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use self::call::{CallArgs, HeaderLines};
pub(crate) use self::client_flags::{AssertionArgs, ClientArgs, SecretArgs};
pub(crate) use self::discover::DiscoverArgs;
#[cfg(feature = "generate")]
pub(crate) use self::generate::{DescriptionArgs, GenerateArgs, RuntimeChoice};
#[cfg(feature = "generate")]
pub(crate) use self::inspect::InspectArgs;
pub(crate) use self::login::{LoginArgs, LogoutArgs};
pub(crate) use self::nonstandard_server_flags::EndpointArgs;
pub(crate) use self::reject_secrets::{CLIENT_SECRET_FLAGS, check_data, check_parameter, check_url};
#[cfg(feature = "store")]
pub(crate) use self::store::{StoreArgs, StoreClearArgs, StoreCommand, StoreLocationArgs, StoreStatusArgs};
pub(crate) use self::token::TokenArgs;
use crate::failure::Failure;

#[derive(Parser)]
#[command(
    name = "evergrant",
    version,
    about = "Gets OAuth 2.0 access tokens, makes authorized API calls, and generates SDKs from OpenAPI descriptions.",
    after_help = help::MAIN,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Log each fetch, renewal and failure on standard error, without secrets
    #[arg(short, long, global = true, action = ArgAction::SetTrue)]
    pub(crate) verbose: bool,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Demonstrate the library with a local authorization server and API: about 12 seconds
    #[cfg(feature = "demo")]
    #[command(after_help = help::DEMO)]
    Demo(DemoArgs),

    /// Print an access token
    #[command(after_help = help::TOKEN)]
    Token(Box<TokenArgs>),

    /// Call an API with an access token and print the response
    #[command(after_help = help::CALL)]
    Call(Box<CallArgs>),

    /// Show what an authorization server offers and which flags fit, or which issuers an API has
    #[command(after_help = help::DISCOVER)]
    Discover(Box<DiscoverArgs>),

    /// Sign in with the browser and store the token for `call` and `token`
    #[command(after_help = help::LOGIN)]
    Login(Box<LoginArgs>),

    /// Remove the token that `login` stored
    #[command(after_help = help::LOGOUT)]
    Logout(Box<LogoutArgs>),

    /// Inspect and clear a token store, such as that of `--cache`
    #[cfg(feature = "store")]
    #[command(after_help = help::STORE)]
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },

    /// Generate a Rust SDK from an OpenAPI description
    #[cfg(feature = "generate")]
    #[command(after_help = help::GENERATE)]
    Generate(Box<GenerateArgs>),

    /// Show what would be generated from an OpenAPI description, and what the description lacks
    #[cfg(feature = "generate")]
    #[command(after_help = help::INSPECT)]
    Inspect(Box<InspectArgs>),

    /// Print a completion script for a shell
    #[command(after_help = help::COMPLETIONS)]
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[cfg(feature = "demo")]
#[derive(Args)]
pub(crate) struct DemoArgs {
    /// Print the counters as one JSON object at the end, and the narration to standard error
    #[arg(long)]
    pub(crate) json: bool,
}

/// Parses the program's arguments. Prints help and clap's own error messages.
pub(crate) fn parse() -> Result<Cli, Failure> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    missing_features::check(&arguments)?;
    reject_secrets::check_options(arguments.iter().skip(1))?;
    Cli::try_parse_from(arguments).map_err(|error| {
        if let Some(failure) = usage_error::redacted(&error) {
            return failure;
        }
        // Errors are ignored: there is no other place to report them.
        let _ = error.print();
        Failure::Reported(u8::try_from(error.exit_code()).unwrap_or(2))
    })
}

/// Parses a time limit in seconds.
fn seconds(text: &str) -> Result<Duration, String> {
    let limit = text
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    limit
        .filter(|limit| (Duration::from_millis(1)..=Duration::from_secs(3600)).contains(limit))
        .ok_or_else(|| "use seconds above 0, at most 3600".into())
}
