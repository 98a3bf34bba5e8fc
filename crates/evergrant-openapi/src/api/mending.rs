//! Suggests overlay actions that remove problems.

use serde_json::{Value, json};

use crate::errors_and_warnings::{Pointer, Problem};
use crate::overlay_action::{Action, member};
use crate::parsed_description::Document;

/// Keywords whose value is a schema.
const SCHEMA: [&str; 5] = ["schema", "itemSchema", "items", "additionalProperties", "not"];

/// Keywords whose value contains schemas.
const SCHEMAS: [&str; 9] = [
    "schemas",
    "properties",
    "patternProperties",
    "allOf",
    "oneOf",
    "anyOf",
    "prefixItems",
    "$defs",
    "definitions",
];

/// A value on the way to the location of a problem, as a JSONPath.
struct Step<'d> {
    path: String,
    value: &'d Value,
}

/// Adds an overlay action to a problem that has none: it replaces the schema by arbitrary JSON, skips the operation, or
/// removes the value.
pub(super) fn with_action(document: &Document, problem: Problem) -> Problem {
    let place = problem.pointer().clone();
    let operation = problem.operation().cloned();
    problem.or_action(|| {
        let (last, schema) = walk(document, &place)?;
        let whole_operation = operation.and_then(|operation| Some(walk(document, &operation)?.0));
        match (schema, whole_operation) {
            (Some(schema), _) => Some(Action::update(schema.path, json!({"x-evergrant-any": true}))),
            (None, Some(operation)) if is_operation(&operation) => {
                Some(Action::update(operation.path, json!({"x-evergrant-skip": true})))
            }
            (None, Some(operation)) => Some(Action::remove(operation.path)),
            (None, None) if last.path == "$" => None,
            (None, None) => Some(Action::remove(last.path)),
        }
    })
}

fn is_operation(step: &Step<'_>) -> bool {
    let is_item = |value: &Value| value.get("get").or_else(|| value.get("post")).is_some();
    step.value.is_object() && !is_item(step.value) && step.value.get("responses").is_some()
}

/// Returns the value at a location, and the innermost schema around it.
fn walk<'d>(document: &'d Document, place: &Pointer) -> Option<(Step<'d>, Option<Step<'d>>)> {
    let mut step = Step {
        path: "$".to_owned(),
        value: document.root().value(),
    };
    let mut schema = None;
    let mut keys: Vec<String> = Vec::new();
    for key in place.tokens() {
        step = match step.value {
            Value::Array(items) => Step {
                value: items.get(key.parse::<usize>().ok()?)?,
                path: format!("{}[{key}]", step.path),
            },
            value => Step {
                value: value.get(&key)?,
                path: format!("{}{}", step.path, member(&key)),
            },
        };
        let container = keys.last().map(String::as_str).unwrap_or_default();
        let is_schema = SCHEMA.contains(&key.as_str()) || SCHEMAS.contains(&container);
        let is_known = schema.is_some() || SCHEMA[..2].contains(&key.as_str()) || container == "schemas";
        if is_schema && is_known && step.value.is_object() {
            schema = Some(Step {
                path: step.path.clone(),
                value: step.value,
            });
        }
        keys.push(key);
    }
    Some((step, schema))
}
