//! Keeps secrets off the command line, where every process list and the shell's history shows them.

use std::ffi::OsString;

use url::Url;

use crate::failure::Failure;

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

/// Parameters of the token endpoint whose values are secrets (RFC 6749, 7521, 7523, 7636, 8628, 8693).
const SECRET_PARAMETERS: [&str; 13] = [
    "access_token",
    "actor_token",
    "api_key",
    "apikey",
    "assertion",
    "client_assertion",
    "code_verifier",
    "device_code",
    "id_token",
    "jwt",
    "refresh_token",
    "subject_token",
    "token",
];

/// Words that make any name one of a secret.
const SECRET_WORDS: [&str; 5] = ["secret", "passwd", "password", "passphrase", "private_key"];

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
        if SECRET_FLAGS.contains(&normal(flag, '-').as_str()) {
            return Err(refused(&format!("`{flag}`")));
        }
        let parameter = match (after.as_str(), flag, value) {
            ("--param", ..) => Some(&*argument),
            (_, "--param", value) => value,
            _ => None,
        };
        if let Some((name, _)) = parameter.and_then(|text| text.split_once('='))
            && is_secret_parameter(name)
        {
            return Err(refused(&format!("`--param {name}=...`")));
        }
        after = argument.into_owned();
    }
    Ok(())
}

/// Refuses a URL that carries a secret. `named` says which URL it is.
pub(crate) fn check_url(named: &str, text: &str) -> Result<(), Failure> {
    let Ok(url) = Url::parse(text) else {
        return Ok(());
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Failure::usage(format!(
            "{named} contains a user name or password, which process lists, histories and logs would show; leave it out, and give the client's id with --client-id and its secret with --client-secret-env, --client-secret-file or --client-secret-stdin"
        )));
    }
    match url.query_pairs().find(|(name, _)| is_secret_parameter(name)) {
        // `token` is also what some APIs call a page's place.
        Some((name, _)) if name != "token" => Err(Failure::usage(format!(
            "{named} has a secret in its query (`{name}`), which process lists, histories and logs would show; leave it out: the token is sent in a header"
        ))),
        _ => Ok(()),
    }
}

/// Whether a parameter of that name holds a secret.
pub(crate) fn is_secret_parameter(name: &str) -> bool {
    let name = normal(name.trim(), '_');
    SECRET_PARAMETERS.contains(&name.as_str()) || has_secret_word(&name)
}

/// Whether a header of that name holds a secret.
pub(super) fn is_secret_header(name: &str) -> bool {
    let name = normal(name.trim(), '_');
    matches!(name.as_str(), "authorization" | "proxy_authorization" | "cookie")
        || name.ends_with("token")
        || name.ends_with("api_key")
        || name.ends_with("apikey")
        || has_secret_word(&name)
}

fn has_secret_word(name: &str) -> bool {
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

fn normal(name: &str, separator: char) -> String {
    name.to_ascii_lowercase().replace(['-', '_'], &separator.to_string())
}

fn refused(what: &str) -> Failure {
    Failure::usage(format!(
        "{what} would put a secret on the command line, where process lists and the shell's history show it; give the client's secret with --client-secret-env VARIABLE, --client-secret-file FILE or --client-secret-stdin (and replace it, should this one have been real)"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_in_every_spelling() {
        for name in [
            "client_secret",
            "Client-Secret",
            "password",
            "refresh_token",
            "x_secret_x",
            "assertion",
        ] {
            assert!(is_secret_parameter(name), "{name}");
        }
        for name in ["audience", "subject_token_type", "tenant", "client_assertion_type"] {
            assert!(!is_secret_parameter(name), "{name}");
        }
        for name in ["Authorization", "X-API-Key", "VZ-M2M-Token", "SessionToken", "cookie"] {
            assert!(is_secret_header(name), "{name}");
        }
        for name in ["Accept", "X-Request-Id", "Idempotency-Key"] {
            assert!(!is_secret_header(name), "{name}");
        }
    }
}
