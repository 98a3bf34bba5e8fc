//! What the description does not say: what is assumed in its place, and the action of an overlay that would say it.

mod operations;
mod schemes;
mod servers;

use serde::Serialize;
use serde_json::{Value, json};

use super::said::Said;
use crate::api::{Api, Operation};
use crate::problem::Place;

/// One thing that is left open.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Unsaid {
    pub(super) what: String,
    pub(super) assumed: String,
    /// Where it would be said.
    pub(super) places: Vec<String>,
    /// With an example's values.
    pub(super) action: Action,
}

/// An action of an overlay (OpenAPI Overlay 1.0).
#[derive(Debug, Clone, Serialize)]
pub(super) struct Action {
    pub(super) target: String,
    pub(super) update: Value,
}

pub(super) fn of(api: &Api, said: Said<'_>) -> Vec<Unsaid> {
    let mut unsaid = Vec::new();
    if !said.package() {
        unsaid.push(Unsaid::new(
            "What the package is called.",
            format!("`{}`, of the title; --name gives another name too.", api.package.name),
            [Place::root()],
            "$",
            json!({"x-evergrant-package": {"name": api.package.name.as_str()}}),
        ));
    }
    unsaid.extend(servers::of(api, said));
    for (index, scheme) in api.schemes.iter().enumerate() {
        if let Some(oauth) = scheme.oauth() {
            unsaid.extend(schemes::oauth(api, index, scheme, oauth, said));
        }
    }
    unsaid.extend(schemes::unused(api));
    unsaid.extend(operations::of(api));
    unsaid
}

impl Unsaid {
    fn new(
        what: impl Into<String>,
        assumed: impl Into<String>,
        places: impl IntoIterator<Item = Place>,
        target: impl Into<String>,
        update: Value,
    ) -> Self {
        Self {
            what: what.into(),
            assumed: assumed.into(),
            places: places.into_iter().map(|place| place.to_string()).collect(),
            action: Action {
                target: target.into(),
                update,
            },
        }
    }
}

/// A member's name as a JSONPath has it (RFC 9535 section 2.3.1).
fn member(name: &str) -> String {
    match name.contains(['\'', '\\']) || name.chars().any(char::is_control) {
        true => format!("[{}]", Value::from(name)),
        false => format!("['{name}']"),
    }
}

fn operation_target(operation: &Operation) -> String {
    format!("$.paths{}.{}", member(&operation.path), operation.verb.to_lowercase())
}

fn shown(name: &str) -> String {
    format!("`{}`", name.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_named_as_a_json_path_has_them() {
        for name in ["/books/{bookId}", "it's", "a\\b", "\n\"'"] {
            let path = serde_json_path::JsonPath::parse(&format!("$.paths{}", member(name))).unwrap();
            let value = json!({"paths": {name: 1}});
            assert_eq!(path.query(&value).exactly_one().unwrap(), &json!(1), "{name:?}");
        }
    }
}
