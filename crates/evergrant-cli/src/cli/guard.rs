//! Keeps secrets off the command line, where every process list and the shell's history shows them.

use std::ffi::OsString;

use clap::CommandFactory as _;
use url::Url;

use super::Cli;
use super::data::{secret_in, secret_in_json};
use super::names::{is_ambiguous, is_bare_name, is_secret, is_secret_parameter, looks_generated, shown};
use crate::failure::{self, Failure};

/// Refuses options that do not exist, and that a user in a hurry would try, before anything else reads the arguments: those
/// that would take a secret.
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
        if is_secret_parameter(name) && !is_option_of(&Cli::command(), name) {
            let instead = match name.to_ascii_lowercase().starts_with("store") {
                true => OF_STORE,
                false => OF_CLIENT,
            };
            let named = match is_bare_name(name) {
                true => format!("`--{name}`"),
                false => "an option that this program does not have".to_owned(),
            };
            return Err(refused(&named, instead));
        }
    }
    Ok(())
}

/// Whether the command, or one of its subcommands, has this option: what the program's own options take is no secret.
fn is_option_of(command: &clap::Command, name: &str) -> bool {
    let mut own = command.get_arguments().filter_map(clap::Arg::get_long);
    own.any(|long| long == name) || command.get_subcommands().any(|command| is_option_of(command, name))
}

/// Refuses a parameter that carries a secret. `flag` is the one that gives it, and `instead` what to give in its place.
pub(crate) fn check_parameter(flag: &str, name: &str, value: &str, instead: &str) -> Result<(), Failure> {
    match is_secret(name, value) {
        true => Err(refused(&format!("{flag} ({})", shown(name)), instead)),
        false => Ok(()),
    }
}

/// Refuses a header of token requests that carries a secret. `given` says where it stands.
pub(crate) fn check_token_header(given: &str, name: &str, value: &str) -> Result<(), Failure> {
    match is_secret(name, value) || looks_generated(value) {
        true => Err(Failure::usage(format!(
            "{given} ({}) would show a secret, in process lists and histories or to whoever reads the file; give its value as env:VARIABLE or file:FILE (and replace it, should this one have been real)",
            shown(name)
        ))),
        false => Ok(()),
    }
}

/// Refuses a body that carries a secret.
pub(crate) fn check_data(data: &str) -> Result<(), Failure> {
    match secret_in(data) {
        Some(name) => Err(refused(
            &format!("--data ({})", shown(&name)),
            "the body in a file with -d @FILE, or on standard input with -d @-",
        )),
        None => Ok(()),
    }
}

/// Refuses a URL that carries a secret, and warns of one that may. `named` says which URL it is.
pub(crate) fn check_url(named: &str, text: &str) -> Result<(), Failure> {
    let below = |_| Url::parse("https://base.invalid/").and_then(|base| base.join(text));
    let Ok(url) = Url::parse(text).or_else(below) else {
        return Ok(());
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Failure::usage(format!(
            "{named} contains a user name or password, which process lists, histories and logs would show; leave it out, and give the client's id with --client-id and its secret with --client-secret-env, --client-secret-file or --client-secret-stdin"
        )));
    }
    // The fragment is not sent, and stands on the command line all the same.
    let fragment = url::form_urlencoded::parse(url.fragment().unwrap_or_default().as_bytes());
    for (name, value) in url.query_pairs().chain(fragment) {
        let inner = secret_in_json(&value);
        if inner.is_none() && is_ambiguous(&name) {
            if looks_generated(&value) {
                failure::warn(&format!(
                    "{named} has {} in its query, with a value that looks like a secret; process lists, histories and logs show it. If it is one, replace it, and send it in a header from a file (-H @FILE); if not, never mind",
                    shown(&name)
                ));
            }
        } else if inner.is_some() || is_secret(&name, &value) {
            return Err(Failure::usage(format!(
                "{named} has a secret in its query ({}), which process lists, histories and logs would show; leave it out: the token is sent in a header, and what else is secret can be sent in one from a file (-H @FILE)",
                shown(inner.as_deref().unwrap_or(&name))
            )));
        }
    }
    Ok(())
}

pub(crate) const OF_CLIENT: &str =
    "the client's secret with --client-secret-env VARIABLE, --client-secret-file FILE or --client-secret-stdin";
const OF_STORE: &str = "a store's keys with --store-keys-env VARIABLE or --store-keys-file FILE, and its password in the URL in EVERGRANT_STORE";

fn refused(what: &str, instead: &str) -> Failure {
    Failure::usage(format!(
        "{what} would put a secret on the command line, where process lists and the shell's history show it; give {instead} (and replace it, should this one have been real)"
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
    fn every_option_of_the_program_passes() {
        check_all(&Cli::command());
    }

    #[test]
    fn options_that_would_take_a_secret_are_refused_with_the_place_for_it() {
        for (option, place) in [
            ("--client-secret", "--client-secret-env"),
            ("--clientSecret=x", "--client-secret-env"),
            ("--PWD", "--client-secret-env"),
            ("--refreshtoken", "--client-secret-env"),
            ("--bearer", "--client-secret-env"),
            ("--store-keys", "--store-keys-env"),
            ("--store-password=x", "EVERGRANT_STORE"),
        ] {
            let refused = check(option).expect_err(option);
            assert!(refused.message().contains(place), "{option}");
        }
        let named = |option| check(option).expect_err(option).message().to_owned();
        assert!(named("--client-secret=x").starts_with("`--client-secret` would"));
        for option in ["--passwordhush", "--password-2468", "--password hush", "--api-key:hush"] {
            let message = named(option);
            assert!(!message.contains("hush") && !message.contains("2468"), "{message}");
        }
        assert!(check_options(["--", "--client-secret"].map(OsString::from).iter()).is_ok());
    }
}
