//! Usage errors that do not repeat the arguments, which may be secrets.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::failure::Failure;

const NOT_SHOWN: &str = "(not shown, as it may be a secret)";

/// Replaces clap's message; `None` if that message shows none of the arguments.
pub(super) fn redacted(error: &clap::Error) -> Option<Failure> {
    let argument = context_string(error, ContextKind::InvalidArg);
    let named = argument.as_deref().unwrap_or("an argument");
    let message = match error.kind() {
        // clap takes a value that starts with a hyphen for an option.
        ErrorKind::UnknownArgument if argument.as_ref().is_none_or(|name| name.starts_with('-')) => {
            let similar = context_string(error, ContextKind::SuggestedArg);
            let similar = similar.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
            format!("unknown option {NOT_SHOWN}{similar}; see --help for the options")
        }
        ErrorKind::UnknownArgument => {
            format!("unexpected argument {NOT_SHOWN}; see --help for the command's arguments")
        }
        ErrorKind::InvalidSubcommand => {
            format!("unknown command {NOT_SHOWN}; see --help for the commands")
        }
        ErrorKind::TooManyValues => format!("`{named}` does not take a value, but got one {NOT_SHOWN}"),
        ErrorKind::InvalidValue
            if context_string(error, ContextKind::InvalidValue).is_none_or(|value| value.is_empty()) =>
        {
            format!("`{named}` needs a value{}", allowed_values(error))
        }
        ErrorKind::InvalidValue => format!("invalid value for `{named}` {NOT_SHOWN}{}", allowed_values(error)),
        ErrorKind::ValueValidation => {
            // The messages of this program's parsers, which do not repeat the value.
            let reason = error.source().map_or_else(String::new, |reason| format!(": {reason}"));
            format!("invalid value for `{named}` {NOT_SHOWN}{reason}")
        }
        _ => return None,
    };
    Some(Failure::usage(message))
}

fn context_string(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        _ => None,
    }
}

fn allowed_values(error: &clap::Error) -> String {
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) if !values.is_empty() => format!("; use {}", values.join(", ")),
        _ => String::new(),
    }
}
