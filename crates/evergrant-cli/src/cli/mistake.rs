//! What is wrong with a command line, in words that do not repeat what was given: it may well be a secret.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::failure::Failure;

const NOT_SHOWN: &str = "(not shown here, should it be a secret)";

/// `None` where clap's own message shows nothing of what was given.
pub(super) fn in_our_words(error: &clap::Error) -> Option<Failure> {
    let argument = text(error, ContextKind::InvalidArg);
    let named = argument.as_deref().unwrap_or("an argument");
    let message = match error.kind() {
        // A value that begins with a hyphen is taken for an option.
        ErrorKind::UnknownArgument if argument.as_ref().is_none_or(|name| name.starts_with('-')) => {
            let similar = text(error, ContextKind::SuggestedArg);
            let similar = similar.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
            format!("there is no option of the name given {NOT_SHOWN}{similar}; see --help for those that there are")
        }
        ErrorKind::UnknownArgument => {
            format!("an argument stands where none belongs {NOT_SHOWN}; see --help for what the command takes")
        }
        ErrorKind::InvalidSubcommand => {
            format!("there is no command of the name given {NOT_SHOWN}; see --help for those that there are")
        }
        ErrorKind::TooManyValues => format!("`{named}` takes no value, and one is given {NOT_SHOWN}"),
        ErrorKind::InvalidValue if text(error, ContextKind::InvalidValue).is_none_or(|value| value.is_empty()) => {
            format!("`{named}` needs a value{}", choice(error))
        }
        ErrorKind::InvalidValue => format!("`{named}` does not take the value given {NOT_SHOWN}{}", choice(error)),
        ErrorKind::ValueValidation => {
            // Our own parsers' words, which do not repeat the value either.
            let reason = error.source().map_or_else(String::new, |reason| format!(": {reason}"));
            format!("`{named}` does not take the value given {NOT_SHOWN}{reason}")
        }
        _ => return None,
    };
    Some(Failure::usage(message))
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        _ => None,
    }
}

fn choice(error: &clap::Error) -> String {
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) if !values.is_empty() => format!("; it takes {}", values.join(", ")),
        _ => String::new(),
    }
}
