//! A deserialization error with the path and the expected form, without values of the response.

use std::fmt;

use serde::de::{Error, Expected, Unexpected};

use crate::decode::error::DecodeError;

#[derive(Debug)]
pub(super) struct Problem {
    /// The innermost step comes first.
    path: Vec<PathStep>,
    text: String,
}

#[derive(Debug)]
pub(super) enum PathStep {
    Member(String),
    /// A member whose name is not defined by the type, and may be data.
    UnknownMember,
    Item(usize),
}

impl Problem {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            path: Vec::new(),
            text: text.into(),
        }
    }

    pub(super) fn below(mut self, step: PathStep) -> Self {
        self.path.push(step);
        self
    }
}

impl From<Problem> for DecodeError {
    fn from(problem: Problem) -> Self {
        let mut path = String::new();
        for step in problem.path.iter().rev() {
            let dot = if path.is_empty() { "" } else { "." };
            match step {
                PathStep::Member(name) => path.push_str(&format!("{dot}{name}")),
                PathStep::UnknownMember => path.push_str(&format!("{dot}*")),
                PathStep::Item(index) => path.push_str(&format!("[{index}]")),
            }
        }
        Self {
            path,
            problem: problem.text,
        }
    }
}

impl Error for Problem {
    /// Custom messages may quote values. The message of serde for untagged enums does not.
    fn custom<T: fmt::Display>(message: T) -> Self {
        let message = message.to_string();
        if message.starts_with("data did not match any variant of untagged enum") {
            return Self::new(message);
        }
        Self::new("the type rejects the value")
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}, found {}", kind(&found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}, found another value ({})", kind(&found)))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}, found {length} items"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("expected one of {}, found something else", list(expected)))
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("expected no members other than {}", list(expected)))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("the member `{field}` is missing"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("the member `{field}` is duplicated"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Problem {}

fn kind(found: &Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "an integer",
        Unexpected::Float(_) => "a number",
        Unexpected::Char(_) | Unexpected::Str(_) => "a string",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "an array",
        Unexpected::Map => "an object",
        _ => "something else",
    }
}

fn list(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.is_empty() {
        true => "none".to_owned(),
        false => names.join(", "),
    }
}
