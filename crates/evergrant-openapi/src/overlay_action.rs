//! An overlay action (OpenAPI Overlay 1.0), which messages and reports suggest.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// One action of an overlay, with example values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Action {
    pub(crate) target: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    update: Option<Value>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    remove: bool,
}

impl Action {
    pub(crate) fn update(target: impl Into<String>, update: Value) -> Self {
        Self {
            target: target.into(),
            update: Some(update),
            remove: false,
        }
    }

    pub(crate) fn remove(target: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            update: None,
            remove: true,
        }
    }
}

/// Writes the action as an item of `actions` in YAML.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = Value::from(self.target.as_str());
        match &self.update {
            Some(update) => write!(f, "- {{ target: {target}, update: {update} }}"),
            None => write!(f, "- {{ target: {target}, remove: true }}"),
        }
    }
}

/// Returns a member name in JSONPath syntax (RFC 9535 section 2.3.1).
pub(crate) fn member(name: &str) -> String {
    match name.contains(['\'', '\\']) || name.chars().any(char::is_control) {
        true => format!("[{}]", Value::from(name)),
        false => format!("['{name}']"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn member_names_are_valid_json_paths() {
        for name in ["/books/{bookId}", "it's", "a\\b", "\n\"'"] {
            let path = serde_json_path::JsonPath::parse(&format!("$.paths{}", member(name))).unwrap();
            let value = json!({"paths": {name: 1}});
            assert_eq!(path.query(&value).exactly_one().unwrap(), &json!(1), "{name:?}");
        }
    }

    #[test]
    fn actions_are_items_of_an_overlay() {
        assert_eq!(
            Action::update("$.info", json!({"title": "x"})).to_string(),
            r#"- { target: "$.info", update: {"title":"x"} }"#
        );
        assert_eq!(
            Action::remove("$.tags").to_string(),
            r#"- { target: "$.tags", remove: true }"#
        );
    }
}
