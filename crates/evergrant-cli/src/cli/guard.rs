//! Keeps secrets off the command line, where every process list and the shell's history shows them.

use std::ffi::OsString;

use url::Url;

use super::names::{is_ambiguous, is_secret_parameter, looks_generated, normal};
use crate::failure::{self, Failure};

/// Flags that do not exist, and that a user in a hurry would try.
const SECRET_FLAGS: [&str; 8] = [
    "--client-secret",
    "--client-password",
    "--secret",
    "--password",
    "--access-token",
    "--refresh-token",
    "--bearer",
    "--api-key",
];

/// The same, for a store.
const STORE_SECRET_FLAGS: [&str; 3] = ["--store-key", "--store-keys", "--store-password"];

/// Flags that say where the secret is; what they take is no secret.
const SECRET_PLACES: [&str; 2] = ["--client-secret-env", "--client-secret-file"];

/// Refuses secrets before anything else reads the arguments and could repeat them.
pub(super) fn check_arguments<'a>(arguments: impl Iterator<Item = &'a OsString>) -> Result<(), Failure> {
    let mut after = String::new();
    for argument in arguments {
        let argument = argument.to_string_lossy();
        if argument == "--" {
            break;
        }
        let (flag, value) = argument
            .split_once('=')
            .map_or((&*argument, None), |(flag, value)| (flag, Some(value)));
        let known = normal(flag, '-');
        let takes_none = known.starts_with("--client-secret") && !SECRET_PLACES.contains(&known.as_str());
        if SECRET_FLAGS.contains(&known.as_str()) || (takes_none && value.is_some()) {
            return Err(refused(&format!("`{flag}`"), OF_CLIENT));
        }
        if STORE_SECRET_FLAGS.contains(&known.as_str()) {
            return Err(refused(&format!("`{flag}`"), OF_STORE));
        }
        let parameter = match (after.as_str(), flag, value) {
            ("--param", ..) => Some(&*argument),
            (_, "--param", value) => value,
            _ => None,
        };
        if let Some((name, _)) = parameter.and_then(|text| text.split_once('='))
            && is_secret_parameter(name)
        {
            return Err(refused(&format!("`--param {name}=...`"), OF_CLIENT));
        }
        after = argument.into_owned();
    }
    Ok(())
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
    for (name, value) in url.query_pairs() {
        if is_ambiguous(&name) {
            if looks_generated(&value) {
                failure::warn(&format!(
                    "{named} has `{name}` in its query, with a value that looks like a secret; process lists, histories and logs show it. If it is one, replace it, and send it in a header from a file (-H @FILE); if not, never mind"
                ));
            }
        } else if is_secret_parameter(&name) {
            return Err(Failure::usage(format!(
                "{named} has a secret in its query (`{name}`), which process lists, histories and logs would show; leave it out: the token is sent in a header, and what else is secret can be sent in one from a file (-H @FILE)"
            )));
        }
    }
    Ok(())
}

const OF_CLIENT: &str =
    "the client's secret with --client-secret-env VARIABLE, --client-secret-file FILE or --client-secret-stdin";
const OF_STORE: &str = "a store's keys with --store-keys-env VARIABLE or --store-keys-file FILE, and its password in the URL in EVERGRANT_STORE";

fn refused(what: &str, instead: &str) -> Failure {
    Failure::usage(format!(
        "{what} would put a secret on the command line, where process lists and the shell's history show it; give {instead} (and replace it, should this one have been real)"
    ))
}
