//! Rejects secrets on the command line, which process lists and the shell history show.

use std::ffi::OsString;

use clap::CommandFactory as _;
use evergrant_profile::secret_names::{
    display_name, is_ambiguous, is_bare_name, is_secret, is_secret_parameter, looks_generated,
};
use url::Url;

use super::Cli;
use super::secret_scan::{secret_in, secret_in_json};
use crate::failure::{self, Failure};

/// Rejects unknown options whose names suggest a secret as the value, such as `--client-secret`. Runs before anything
/// else reads the arguments.
pub(super) fn check_options<'a>(arguments: impl Iterator<Item = &'a OsString>) -> Result<(), Failure> {
    for argument in arguments {
        let argument = argument.to_string_lossy();
        if argument == "--" {
            break;
        }
        let Some(option) = argument.strip_prefix("--") else {
            continue;
        };
        let name = option.split_once('=').map_or(option, |(name, _)| name);
        if is_secret_parameter(name) && !has_option(&Cli::command(), name) {
            let instead = match name.to_ascii_lowercase().starts_with("store") {
                true => STORE_SECRET_FLAGS,
                false => CLIENT_SECRET_FLAGS,
            };
            let named = match is_bare_name(name) {
                true => format!("`--{name}`"),
                false => "an unknown option".to_owned(),
            };
            return Err(secret_on_command_line(&named, instead));
        }
    }
    Ok(())
}

/// Whether the command or one of its subcommands has this option. The program's own options do not take secrets.
fn has_option(command: &clap::Command, name: &str) -> bool {
    let mut own = command.get_arguments().filter_map(clap::Arg::get_long);
    own.any(|long| long == name) || command.get_subcommands().any(|command| has_option(command, name))
}

/// Rejects a parameter with a secret. `flag` passes the parameter, and `instead` is the remedy.
pub(crate) fn check_parameter(flag: &str, name: &str, value: &str, instead: &str) -> Result<(), Failure> {
    match is_secret(name, value) {
        true => Err(secret_on_command_line(
            &format!("{flag} ({})", display_name(name)),
            instead,
        )),
        false => Ok(()),
    }
}

/// Rejects a request body with a secret.
pub(crate) fn check_data(data: &str) -> Result<(), Failure> {
    match secret_in(data) {
        Some(name) => Err(secret_on_command_line(
            &format!("--data ({})", display_name(&name)),
            "the body in a file with -d @FILE, or through standard input with -d @-",
        )),
        None => Ok(()),
    }
}

/// Rejects a URL with a secret, and warns if a value may be one. `named` describes the URL.
pub(crate) fn check_url(named: &str, text: &str) -> Result<(), Failure> {
    let below = |_| Url::parse("https://base.invalid/").and_then(|base| base.join(text));
    let Ok(url) = Url::parse(text).or_else(below) else {
        return Ok(());
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Failure::usage(format!(
            "{named} contains a user name or password, which process lists, the shell history and logs show; remove it, and pass the client id with --client-id and the secret with --client-secret-env, --client-secret-file or --client-secret-stdin"
        )));
    }
    // The fragment is never sent, but it is on the command line.
    let fragment = url::form_urlencoded::parse(url.fragment().unwrap_or_default().as_bytes());
    for (name, value) in url.query_pairs().chain(fragment) {
        let inner = secret_in_json(&value);
        if inner.is_none() && is_ambiguous(&name) {
            if looks_generated(&value) {
                failure::warn(&format!(
                    "{named} has {} in its query with a value that looks like a secret, which process lists, the shell history and logs show; if it is a secret, replace it and send it in a header from a file (-H @FILE)",
                    display_name(&name)
                ));
            }
        } else if inner.is_some() || is_secret(&name, &value) {
            return Err(Failure::usage(format!(
                "{named} has a secret in its query ({}), which process lists, the shell history and logs show; remove it: the token is sent in a header, and other secrets can be sent in a header from a file (-H @FILE)",
                display_name(inner.as_deref().unwrap_or(&name))
            )));
        }
    }
    Ok(())
}

pub(crate) const CLIENT_SECRET_FLAGS: &str =
    "the client secret with --client-secret-env VARIABLE, --client-secret-file FILE or --client-secret-stdin";
const STORE_SECRET_FLAGS: &str = "the store's keys with --store-keys-env VARIABLE or --store-keys-file FILE, and its password in the URL in EVERGRANT_STORE";

fn secret_on_command_line(what: &str, instead: &str) -> Failure {
    Failure::usage(format!(
        "{what} puts a secret on the command line, where process lists and the shell history show it; pass {instead}, and replace the secret if it was real"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(option: &str) -> Result<(), Failure> {
        check_options([OsString::from(option)].iter())
    }

    fn check_all(command: &clap::Command) {
        for name in command.get_arguments().filter_map(clap::Arg::get_long) {
            assert!(check(&format!("--{name}")).is_ok(), "--{name}");
        }
        command.get_subcommands().for_each(check_all);
    }

    #[test]
    fn accepts_every_option_of_the_program() {
        check_all(&Cli::command());
    }

    #[test]
    fn rejects_options_for_secrets_and_names_the_alternative() {
        for (option, expected) in [
            ("--client-secret", "--client-secret-env"),
            ("--clientSecret=x", "--client-secret-env"),
            ("--PWD", "--client-secret-env"),
            ("--refreshtoken", "--client-secret-env"),
            ("--bearer", "--client-secret-env"),
            ("--store-keys", "--store-keys-env"),
            ("--store-password=x", "EVERGRANT_STORE"),
        ] {
            let error = check(option).expect_err(option);
            assert!(error.message().contains(expected), "{option}");
        }
        let message = |option| check(option).expect_err(option).message().to_owned();
        assert!(message("--client-secret=x").starts_with("`--client-secret` puts"));
        for option in ["--passwordhush", "--password-2468", "--password hush", "--api-key:hush"] {
            let message = message(option);
            assert!(!message.contains("hush") && !message.contains("2468"), "{message}");
        }
        assert!(check_options(["--", "--client-secret"].map(OsString::from).iter()).is_ok());
    }
}
