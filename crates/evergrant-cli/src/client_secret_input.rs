//! Reads the client's secret from the environment, a file, standard input or a prompt.

use std::io::IsTerminal as _;

use evergrant::Secret;
use evergrant_profile::{SecretRef, read_secret};

use crate::failure::{Failure, local};

/// Where the client's secret comes from.
pub(crate) enum SecretSource {
    /// An environment variable, a file, or (if explicitly allowed) the profile itself.
    Reference(SecretRef),
    Stdin,
    Prompt {
        client_id: String,
    },
}

impl SecretSource {
    /// Reads the secret.
    pub(crate) fn read(self) -> Result<Secret, Failure> {
        match self {
            Self::Reference(source) => Ok(source.read()?),
            Self::Stdin => Ok(read_secret("the secret on standard input", std::io::stdin().lock())?),
            Self::Prompt { client_id } => from_prompt(&client_id),
        }
    }
}

fn from_prompt(client_id: &str) -> Result<Secret, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(
            "no client secret, and no terminal to ask for it; pass --client-secret-env VARIABLE, --client-secret-file FILE or --client-secret-stdin, set client_secret_env or client_secret_file in the profile, or pass --auth none for a public client",
        ));
    }
    let client_id: String = client_id.escape_debug().collect();
    let text = rpassword::prompt_password(format!("Secret of client `{client_id}`: "))
        .map_err(|error| local("cannot read the secret from the terminal", error))?;
    // `Secret` wipes the text when it is dropped.
    let text = Secret::new(text);
    Ok(read_secret("the secret that was entered", text.expose().as_bytes())?)
}
