//! What a type expected, and where: all that may be said of an answer.

use std::fmt;

use serde::de::{Error, Expected, Unexpected};

use crate::decode::DecodeError;

#[derive(Debug)]
pub(super) struct Problem {
    /// From the innermost step outwards.
    path: Vec<Step>,
    text: String,
}

#[derive(Debug)]
pub(super) enum Step {
    Member(String),
    /// One whose name is not of the type, and may be anything.
    SomeMember,
    Item(usize),
}

impl Problem {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            path: Vec::new(),
            text: text.into(),
        }
    }

    pub(super) fn below(mut self, step: Step) -> Self {
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
                Step::Member(name) => path.push_str(&format!("{dot}{name}")),
                Step::SomeMember => path.push_str(&format!("{dot}*")),
                Step::Item(index) => path.push_str(&format!("[{index}]")),
            }
        }
        Self {
            path,
            problem: problem.text,
        }
    }
}

impl Error for Problem {
    /// A type's own words may quote what it was given; those of serde's for untagged enums do not.
    fn custom<T: fmt::Display>(message: T) -> Self {
        let message = message.to_string();
        if message.starts_with("data did not match any variant of untagged enum") {
            return Self::new(message);
        }
        Self::new("its type does not take it")
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
        Self::new(format!("expected no members but {}", list(expected)))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("the member `{field}` is missing"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("the member `{field}` is there more than once"))
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
        Unexpected::Bool(_) => "true or false",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "an integer",
        Unexpected::Float(_) => "a number",
        Unexpected::Char(_) | Unexpected::Str(_) => "text",
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
