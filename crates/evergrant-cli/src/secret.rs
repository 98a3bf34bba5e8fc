//! Fetches the client's secret from where it is kept: the environment, a file, standard input, the user's memory.

use std::fs::File;
use std::io::{ErrorKind, IsTerminal as _, Read};
use std::path::{Path, PathBuf};

use evergrant::Secret;

use crate::failure::{self, Failure, local};
use crate::reference::Reference;

/// Where the secret is. `reference` names the place for messages.
pub(crate) enum SecretSource {
    Env {
        variable: String,
        reference: Reference,
    },
    File {
        path: PathBuf,
        reference: Reference,
    },
    Stdin,
    /// In the profile, whose owner insisted on it.
    Literal(Secret),
    Prompt {
        client_id: String,
    },
}

/// No client secret is longer.
const LONGEST: u64 = 64 * 1024;

impl SecretSource {
    /// Reads the secret.
    pub(crate) fn read(self) -> Result<Secret, Failure> {
        match self {
            Self::Env { variable, reference } => from_environment(&variable, &reference),
            Self::File { path, reference } => from_file(&path, &reference),
            Self::Stdin => {
                let what = "the secret on standard input";
                one_line(whole(std::io::stdin().lock(), what)?, what)
            }
            Self::Literal(secret) => Ok(secret),
            Self::Prompt { client_id } => from_prompt(&client_id),
        }
    }
}

fn from_environment(variable: &str, reference: &Reference) -> Result<Secret, Failure> {
    let named = format!("the environment variable {reference}");
    match std::env::var(variable) {
        Ok(text) => one_line(text, &named),
        Err(std::env::VarError::NotPresent) => Err(Failure::usage(format!(
            "{named} is not set; export it, or say where else the secret is"
        ))),
        Err(std::env::VarError::NotUnicode(_)) => Err(Failure::usage(format!("{named} is not valid UTF-8"))),
    }
}

fn from_file(path: &Path, reference: &Reference) -> Result<Secret, Failure> {
    let named = format!("the secret file {reference}");
    let cannot = |error| unreadable(&named, &error);
    let file = File::open(path).map_err(cannot)?;
    if is_open_to_others(&file).map_err(cannot)? {
        failure::warn(&format!("{named} can be read by others on this machine; chmod 600 it"));
    }
    one_line(whole(file, &named)?, &named)
}

fn unreadable(named: &str, error: &std::io::Error) -> Failure {
    let remedy = match error.kind() {
        ErrorKind::NotFound => "write the secret there, or name the file that has it",
        ErrorKind::PermissionDenied => "let this user read it",
        _ => "give a file with nothing but the secret",
    };
    Failure::usage(format!("cannot read {named}: {error}; {remedy}"))
}

/// Half a secret is a wrong one, and the server would be the one to say so.
fn whole(from: impl Read, named: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    from.take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(named, &error))?;
    if bytes.len() as u64 > LONGEST {
        return Err(Failure::usage(format!(
            "{named} is larger than 64 KiB, which no client's secret is; check that it is the right one"
        )));
    }
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") || bytes.contains(&0) {
        return Err(Failure::usage(format!("{named} is in UTF-16; save it as UTF-8")));
    }
    String::from_utf8(bytes).map_err(|_| Failure::usage(format!("{named} is not valid UTF-8")))
}

fn from_prompt(client_id: &str) -> Result<Secret, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(
            "no client secret is given, and there is no terminal to ask for it at; give --client-secret-env VARIABLE, --client-secret-file FILE or --client-secret-stdin, client_secret_env or client_secret_file in the profile, or --auth none for a public client",
        ));
    }
    let client_id: String = client_id.escape_debug().collect();
    let text = rpassword::prompt_password(format!("Secret of client `{client_id}`: "))
        .map_err(|error| local("cannot ask for the secret at the terminal", error))?;
    one_line(text, "the secret given")
}

/// Drops the byte order mark that some editors put before a text; in its own buffer.
pub(crate) fn drop_mark(text: &mut String) {
    if text.starts_with('\u{FEFF}') {
        text.remove(0);
    }
}

/// Without the byte order mark and the line's end that editors and `echo` leave behind; in the buffer that is wiped
/// later.
fn one_line(mut text: String, named: &str) -> Result<Secret, Failure> {
    drop_mark(&mut text);
    let length = text.trim_end_matches(['\n', '\r']).len();
    text.truncate(length);
    let secret = Secret::new(text);
    match secret.expose() {
        "" => Err(Failure::usage(format!("{named} is empty"))),
        text if text.contains('\n') => Err(Failure::usage(format!(
            "{named} has more than one line, and a client's secret has one"
        ))),
        _ => Ok(secret),
    }
}

/// Whether anybody but the file's owner may read it. Asked of the open file: another may stand at its path by now.
#[cfg(unix)]
pub(crate) fn is_open_to_others(file: &File) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;

    let metadata = file.metadata()?;
    Ok(metadata.is_file() && metadata.permissions().mode() & 0o077 != 0)
}

/// Other systems have no mode to look at.
#[cfg(not(unix))]
pub(crate) fn is_open_to_others(file: &File) -> std::io::Result<bool> {
    file.metadata().map(|_| false)
}
