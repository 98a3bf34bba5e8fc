//! Questions that the description does not answer, the assumptions made instead, and overlay actions that answer them.

mod operations;
mod schemes;
mod servers;

use serde::Serialize;
use serde_json::{Value, json};

use super::explicit_statements::Explicit;
use crate::api::{Api, Operation};
use crate::errors_and_warnings::Pointer;

/// A question with its assumed answer.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Assumption {
    pub(super) question: String,
    pub(super) assumed: String,
    /// The places in the description where the answer belongs.
    pub(super) places: Vec<String>,
    /// An overlay action with example values.
    pub(super) action: Action,
}

/// An overlay action (OpenAPI Overlay 1.0).
#[derive(Debug, Clone, Serialize)]
pub(super) struct Action {
    pub(super) target: String,
    pub(super) update: Value,
}

pub(super) fn of(api: &Api, explicit: Explicit<'_>) -> Vec<Assumption> {
    let mut assumptions = Vec::new();
    if !explicit.package() {
        assumptions.push(Assumption::new(
            "What is the name of the package?",
            format!("`{}`, from the title. --name also sets it.", api.package.name),
            [Pointer::root()],
            "$",
            json!({"x-evergrant-package": {"name": api.package.name.as_str()}}),
        ));
    }
    assumptions.extend(servers::of(api, explicit));
    for (index, scheme) in api.schemes.iter().enumerate() {
        if let Some(oauth) = scheme.oauth() {
            assumptions.extend(schemes::oauth(api, index, scheme, oauth, explicit));
        }
    }
    assumptions.extend(schemes::unused(api));
    assumptions.extend(operations::of(api));
    assumptions
}

impl Assumption {
    fn new(
        question: impl Into<String>,
        assumed: impl Into<String>,
        places: impl IntoIterator<Item = Pointer>,
        target: impl Into<String>,
        update: Value,
    ) -> Self {
        Self {
            question: question.into(),
            assumed: assumed.into(),
            places: places.into_iter().map(|place| place.to_string()).collect(),
            action: Action {
                target: target.into(),
                update,
            },
        }
    }
}

/// A member name in JSONPath syntax (RFC 9535 section 2.3.1).
fn member(name: &str) -> String {
    match name.contains(['\'', '\\']) || name.chars().any(char::is_control) {
        true => format!("[{}]", Value::from(name)),
        false => format!("['{name}']"),
    }
}

fn operation_target(operation: &Operation) -> String {
    format!("$.paths{}.{}", member(&operation.path), operation.verb.to_lowercase())
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn member_names_are_valid_json_paths() {
        for name in ["/books/{bookId}", "it's", "a\\b", "\n\"'"] {
            let path = serde_json_path::JsonPath::parse(&format!("$.paths{}", member(name))).unwrap();
            let value = json!({"paths": {name: 1}});
            assert_eq!(path.query(&value).exactly_one().unwrap(), &json!(1), "{name:?}");
        }
    }
}
