//! How a command ends when it does not succeed: one line on standard error, and an exit code that scripts can tell apart.

mod words;

use std::fmt::Display;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use evergrant::error::{CallbackKind, FleetError, FleetFailure, RelaxationForbidden, TransportErrorKind, innermost};
use evergrant::{BuildError, Error};

use self::words::{by_flag, by_flags, no_answer, unconnected};
use crate::cli::instead_of_parameter;
use crate::command::FORBID_DANGER;
use crate::connection;
use crate::text::is_trickery;

/// Whose failure it was; the exit codes are documented in `--help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The API answered with a failure, or the demonstration did not hold.
    Refused = 1,
    /// The command, the settings or a local file cannot be used.
    Usage = 2,
    /// The authorization server refused, or answered with nothing usable.
    Authorization = 3,
    /// No answer: not reached, not trusted, not in time, or not asked because of an earlier failure.
    Unreachable = 4,
    /// A description's operations ask for a security that is not supported.
    Unsupported = 5,
}

/// Why a command did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// To be told in one line.
    Said(Kind, String),
    /// To be told with a line for each of several reasons, which come first: their label, and what they say.
    Listed(Kind, &'static str, Vec<String>, String),
    /// Already told.
    Told(u8),
    /// Whoever read our output has had enough, which is no failure of ours.
    OutputClosed,
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self::Said(kind, message.into())
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Of `evergrant token --renew`, which --no-cache does not go with.
    pub(crate) fn of_renewal(error: Error) -> Self {
        match &error {
            Error::Fleet(fleet) => Self::remembered("", fleet, "--renew and of --cache or --store"),
            _ => error.into(),
        }
    }

    /// Nothing was sent, and the failure is what it was when it happened. Where the server did not ask for the pause, there is a way
    /// around: --no-cache in place of the flags that it cannot be combined with.
    fn remembered(call: &str, fleet: &FleetError, in_place_of: &str) -> Self {
        let kind = match fleet.failure() {
            FleetFailure::Refused | FleetFailure::UnusableResponse => Kind::Authorization,
            _ => Kind::Unreachable,
        };
        let whose = match fleet.is_earlier() {
            true => "an earlier run",
            false => "another process that shares the token",
        };
        let message = fleet.message_with(by_flags);
        let left = fleet.left().as_secs_f64().ceil();
        let end = match fleet.retry_after() {
            Some(_) => ", as the server asked for that pause".to_owned(),
            None => format!("; to ask it at once, give --no-cache in place of {in_place_of}"),
        };
        Self::new(
            kind,
            format!(
                "{call}{whose} could not fetch a token: {message}; the server is asked again in {left} s at the earliest{end}"
            ),
        )
    }

    /// The line to be told, for where it is shown a second time.
    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Said(_, message) | Self::Listed(_, _, _, message) => message,
            Self::Told(_) | Self::OutputClosed => "see the terminal",
        }
    }

    /// Tells the user, and gives the exit code.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Self::Said(kind, message) => {
                say("error", &message);
                ExitCode::from(kind as u8)
            }
            Self::Listed(kind, label, reasons, message) => {
                reasons.iter().for_each(|reason| say(label, reason));
                say("error", &message);
                ExitCode::from(kind as u8)
            }
            Self::Told(code) => ExitCode::from(code),
            Self::OutputClosed => ExitCode::SUCCESS,
        }
    }
}

/// A note beside the result, which does not change the exit code.
pub(crate) fn warn(message: &str) {
    say("warning", message);
}

/// An operation that is not generated, as was allowed.
pub(crate) fn left_out(message: &str) {
    say("left out", message);
}

/// What is worth knowing beside the result, and no cause for alarm.
pub(crate) fn note(message: &str) {
    say("note", message);
}

/// One line on standard error; where that is closed, nobody wants to know.
fn say(label: &str, message: &str) {
    let line: String = message
        .chars()
        .map(
            |character| match character.is_ascii_control() || is_trickery(character) {
                true => ' ',
                false => character,
            },
        )
        .collect();
    let _ = writeln!(std::io::stderr().lock(), "{label}: {line}");
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        // What is said in words of this program names the call too.
        let call = error.call().map(|call| format!("{call}: ")).unwrap_or_default();
        match &error {
            Error::OAuthProvider(refusal) => Self::new(Kind::Authorization, call + &refusal.message_with(by_flags)),
            Error::TokenResponse(_) => Self::new(Kind::Authorization, error.to_string()),
            Error::Unreachable(unreachable) if unreachable.kind() == TransportErrorKind::TooLarge => {
                Self::new(Kind::Authorization, error.to_string())
            }
            Error::SignInRequired(_) => Self::new(
                Kind::Authorization,
                format!("{error}: run `evergrant login` with the same settings"),
            ),
            Error::SignInFailed(_) => Self::new(Kind::Authorization, error.to_string()),
            Error::Unreachable(unreachable) => unconnected(&call, unreachable),
            Error::Timeout(timeout) => Self::new(Kind::Unreachable, call + &no_answer(timeout)),
            Error::Api(_) => Self::new(Kind::Refused, error.to_string()),
            Error::Fleet(fleet) => Self::remembered(&call, fleet, "--cache or --store"),
            Error::LifetimeTooShort {
                client,
                wanted,
                left,
                skew_seconds,
                ..
            } => Self::usage(format!(
                "a token valid for {} s was asked for, but {client} was given one that can be used for {} s: its last {skew_seconds} s do not count (clock skew); lower --valid-for, or have the server issue longer ones",
                wanted.as_secs_f64().ceil(),
                left.as_secs()
            )),
            // The one that has no secret yet, and says so.
            Error::Callback(callback) if callback.kind() == CallbackKind::CredentialProvider => {
                Self::usage(innermost(&**callback))
            }
            Error::Aborted(_) => Self::new(Kind::Unreachable, error.to_string()),
            _ => Self::usage(error.to_string()),
        }
    }
}

impl From<evergrant_openapi::Error> for Failure {
    fn from(error: evergrant_openapi::Error) -> Self {
        use evergrant_openapi::Error;

        match &error {
            Error::Description(problems) => match problems.as_slice() {
                [problem] => Self::usage(format!("the description cannot be used: {problem}")),
                several => Self::Listed(
                    Kind::Usage,
                    "problem",
                    several.iter().map(ToString::to_string).collect(),
                    format!("the description cannot be used, for {} reasons", several.len()),
                ),
            },
            Error::Security(operations) => Self::Listed(
                Kind::Unsupported,
                "unsupported",
                operations.iter().map(ToString::to_string).collect(),
                format!(
                    "{} for a security that is not supported, and none is generated without it: leave out what is named above with --allow-skip, or describe its security otherwise in an overlay",
                    match operations.len() {
                        1 => "an operation asks".to_owned(),
                        count => format!("{count} operations ask"),
                    }
                ),
            ),
            _ => Self::usage(error.to_string()),
        }
    }
}

impl From<evergrant_reqwest::Error> for Failure {
    fn from(error: evergrant_reqwest::Error) -> Self {
        use evergrant_reqwest::Error;

        match error {
            Error::Authorization(error) => error.into(),
            Error::Http { call, source } if source.is_timeout() => Self::new(
                Kind::Unreachable,
                format!("{call}: the API does not answer, or not in time: check the URL, or raise --timeout"),
            ),
            Error::Http { call, source } => {
                let hint = match evergrant_reqwest::transport_cause(&source) {
                    Some(cause) => connection::hint(&cause),
                    None => "check the URL, and that the API can be reached from here".into(),
                };
                let message = format!("{call} failed: {}; {hint}", innermost(&source));
                Self::new(Kind::Unreachable, message)
            }
            Error::TooManyRedirects { .. } => {
                Self::new(Kind::Refused, format!("{error}; use the URL that they lead to"))
            }
            _ => Self::usage(error.to_string()),
        }
    }
}

impl From<RelaxationForbidden> for Failure {
    fn from(forbidden: RelaxationForbidden) -> Self {
        Self::usage(format!(
            "{} is not allowed: {FORBID_DANGER} is set, which forbids every setting of this kind; remove the setting",
            forbidden.setting()
        ))
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        Self::usage(match &error {
            BuildError::NotEncrypted { setting, origin } => format!(
                "{setting} is not encrypted ({origin}), and credentials would be readable on the way; use https, or --danger-allow-http-to {origin} where that is safe"
            ),
            BuildError::ReservedParameter { name, .. } => {
                format!(
                    "the parameter `{name}` has a setting of its own, and is not given as another; use {}",
                    instead_of_parameter(name)
                )
            }
            BuildError::RelaxationForbidden(forbidden) => return Self::from(*forbidden),
            BuildError::InvalidSetting { setting, problem } => {
                format!("{} cannot be used: {problem}", by_flag(setting))
            }
            BuildError::OutOfRange { setting, expected } => format!("{} must be {expected}", by_flag(setting)),
            BuildError::InvalidUrl { setting, problem } => {
                format!("{setting} cannot be used: {problem}; write it as https://host/path")
            }
            _ => error.to_string(),
        })
    }
}

pub(crate) fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

/// `what` went wrong on this machine.
pub(crate) fn local(what: &str, error: impl Display) -> Failure {
    Failure::usage(format!("{what}: {error}"))
}
