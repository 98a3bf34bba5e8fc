//! Failures of commands: one line on standard error, and an exit code for scripts.

#[cfg(feature = "generate")]
mod generator_errors;
mod hints;
mod library_errors;
mod profile_errors;

use std::fmt::Display;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

pub(crate) use self::hints::connection_hint;
use crate::terminal_sanitizer::is_unsafe;

/// The environment variable that forbids all `danger` flags and settings of profiles.
pub(crate) const FORBID_DANGER: &str = "EVERGRANT_FORBID_DANGER";

/// The kind of failure, with its exit code as documented in `--help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The API returned an error, the demonstration failed, or generated files differ.
    Rejected = 1,
    /// The command, a setting or a local file is invalid.
    Usage = 2,
    /// The authorization server rejected the request, or its response is not usable.
    Authorization = 3,
    /// No response: no connection, no trust, a timeout, or no request because of an earlier failure.
    Unreachable = 4,
    /// An operation in the description requires an unsupported security scheme.
    #[cfg(feature = "generate")]
    Unsupported = 5,
}

/// Why a command did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A message of one line.
    Message(Kind, String),
    /// Several reasons, printed first, each on its own line with the label, and the message.
    #[cfg(any(feature = "generate", feature = "store"))]
    List(Kind, &'static str, Vec<String>, String),
    /// Already reported; only the exit code is left.
    Reported(u8),
    /// The reader of standard output closed it, which is not an error.
    OutputClosed,
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self::Message(kind, message.into())
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// The message, for the page in the browser.
    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Message(_, message) => message,
            #[cfg(any(feature = "generate", feature = "store"))]
            Self::List(_, _, _, message) => message,
            Self::Reported(_) | Self::OutputClosed => "see the terminal",
        }
    }

    /// Prints the failure and returns the exit code.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Self::Message(kind, message) => {
                print("error", &message);
                ExitCode::from(kind as u8)
            }
            #[cfg(any(feature = "generate", feature = "store"))]
            Self::List(kind, label, reasons, message) => {
                reasons.iter().for_each(|reason| print(label, reason));
                print("error", &message);
                ExitCode::from(kind as u8)
            }
            Self::Reported(code) => ExitCode::from(code),
            Self::OutputClosed => ExitCode::SUCCESS,
        }
    }
}

/// Prints a warning, which does not change the exit code.
pub(crate) fn warn(message: &str) {
    print("warning", message);
}

/// Prints an operation that was skipped with `--allow-skip`.
#[cfg(feature = "generate")]
pub(crate) fn skipped(message: &str) {
    print("skipped", message);
}

/// Prints a note, which does not change the exit code.
pub(crate) fn note(message: &str) {
    print("note", message);
}

/// Prints one line on standard error. Errors are ignored: there is no other place to report them.
fn print(label: &str, message: &str) {
    let line: String = message
        .chars()
        .map(|character| match character.is_ascii_control() || is_unsafe(character) {
            true => ' ',
            false => character,
        })
        .collect();
    let _ = writeln!(std::io::stderr().lock(), "{label}: {line}");
}

pub(crate) fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

/// A failure on this machine, such as one of a file.
pub(crate) fn local(what: &str, error: impl Display) -> Failure {
    Failure::usage(format!("{what}: {error}"))
}
