//! Distinguishes keywords that determine the type of a schema from annotations.

use serde_json::{Map, Value};

use crate::errors_and_warnings::Problem;
use crate::parsed_description::{Node, type_name};

/// Returns whether a keyword does not affect the type.
fn is_annotation(keyword: &str) -> bool {
    keyword.starts_with("x-")
        || matches!(
            keyword,
            "title"
                | "description"
                | "default"
                | "example"
                | "examples"
                | "deprecated"
                | "readOnly"
                | "writeOnly"
                | "externalDocs"
                | "xml"
        )
        || matches!(
            keyword,
            "$comment" | "$id" | "$schema" | "$anchor" | "$defs" | "definitions" | "nullable"
        )
        || matches!(
            keyword,
            "not" | "if" | "then" | "else" | "dependentRequired" | "dependentSchemas" | "unevaluatedProperties"
        )
        || matches!(
            keyword,
            "minProperties" | "maxProperties" | "propertyNames" | "unevaluatedItems" | "contains"
        )
}

/// Iterates over the keywords that affect the type.
pub(super) fn significant(schema: &Map<String, Value>) -> impl Iterator<Item = &str> {
    schema
        .keys()
        .map(String::as_str)
        .filter(|keyword| !is_annotation(keyword))
}

/// Returns whether a schema allows any value: `{}`, `true`, or annotations only.
pub(super) fn is_unconstrained(node: &Node<'_>) -> bool {
    match node.value() {
        Value::Bool(anything) => *anything,
        Value::Object(schema) => significant(schema).next().is_none(),
        _ => false,
    }
}

/// Returns whether a branch of a choice only lists required members, which types cannot express.
pub(super) fn is_only_required(node: &Node<'_>) -> bool {
    let Some(schema) = node.value().as_object() else {
        return false;
    };
    let mut says_required = false;
    let only = significant(schema).all(|keyword| {
        says_required |= keyword == "required";
        keyword == "required" || keyword == "type" && schema["type"] == "object"
    });
    only && says_required
}

/// Returns whether null is the only value.
pub(super) fn is_null_only(node: &Node<'_>) -> bool {
    let Some(schema) = node.value().as_object() else {
        return false;
    };
    let only_null = |list: &Value| match list {
        Value::Array(items) => !items.is_empty() && items.iter().all(|item| item == "null" || item.is_null()),
        one => one == "null",
    };
    schema.get("type").is_some_and(only_null)
        || schema.get("const").is_some_and(Value::is_null)
        || schema
            .get("enum")
            .is_some_and(|values| values.is_array() && only_null(values))
}

/// Returns whether the schema itself allows null.
pub(super) fn allows_null(schema: &Map<String, Value>) -> bool {
    let types = |types: &Value| match types {
        Value::Array(types) => types.iter().any(|name| name == "null" || name.is_null()),
        one => one == "null",
    };
    schema.get("nullable").is_some_and(|nullable| *nullable == true) || schema.get("type").is_some_and(types)
}

/// Returns whether the values are non-negative integers that may exceed `i64`.
pub(super) fn is_large_integer(node: &Node<'_>) -> bool {
    let get = |keyword: &str| node.value().get(keyword);
    let number = |keyword: &str| get(keyword).and_then(Value::as_f64);
    let is_integer = |name: &Value| name == "integer";
    let is_integer =
        get("type").is_some_and(|ty| is_integer(ty) || ty.as_array().is_some_and(|all| all.iter().any(is_integer)));
    // 2^63, the smallest integer that exceeds `i64`.
    let beyond = |keyword: &str| number(keyword).is_some_and(|most| most >= 9_223_372_036_854_775_808.0);
    let below = |keyword: &str| number(keyword).is_some_and(|least| least < 0.0);
    // `i64::MAX` as `f64` is 2^63.
    let most = ["maximum", "exclusiveMaximum"];
    let fits = most.iter().any(|keyword| get(keyword).is_some_and(Value::is_i64));
    let plain = get("format").is_none_or(|format| format == "int64");
    is_integer
        && plain
        && !fits
        && most.into_iter().any(beyond)
        && !["minimum", "exclusiveMinimum"].into_iter().any(below)
}

/// Returns whether the schema has a discriminator.
pub(super) fn has_discriminator(node: &Node<'_>) -> bool {
    node.get("discriminator")
        .is_some_and(|discriminator| discriminator.value().is_object())
}

/// Checks the types of the keywords.
pub(super) fn check_types(node: &Node<'_>, schema: &Map<String, Value>) -> Result<(), Problem> {
    for (keyword, value) in schema {
        let (right, expected) = match keyword.as_str() {
            "$ref" | "pattern" | "format" | "description" | "title" => (value.is_string(), "a string"),
            "properties" | "patternProperties" | "discriminator" => (value.is_object(), "an object"),
            "enum" | "allOf" | "oneOf" | "anyOf" | "prefixItems" => (value.is_array(), "an array"),
            "type" => (value.is_string() || value.is_array(), "a string or an array"),
            // Some descriptions set it to a boolean at the member.
            "required" => (value.is_array() || value.is_boolean(), "an array"),
            "items" => (value.is_object() || value.is_boolean() || value.is_array(), "a schema"),
            "additionalProperties" => (value.is_object() || value.is_boolean(), "a schema"),
            "minimum" | "maximum" | "multipleOf" => (value.is_number(), "a number"),
            "minLength" | "maxLength" | "minItems" | "maxItems" => (value.is_number(), "a number"),
            "exclusiveMinimum" | "exclusiveMaximum" => (value.is_number() || value.is_boolean(), "a number"),
            "nullable" => (value.is_boolean(), "a boolean"),
            _ => continue,
        };
        // A keyword without a value is ignored.
        if !(right || value.is_null() && keyword != "$ref") {
            return Err(node.problem(format!("`{keyword}`: expected {expected}, found {}", type_name(value))));
        }
    }
    Ok(())
}
