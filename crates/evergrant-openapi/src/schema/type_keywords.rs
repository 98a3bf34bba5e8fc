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

/// Returns whether the description sets `x-evergrant-any`: the schema is arbitrary JSON, whatever else it says.
pub(super) fn is_any(node: &Node<'_>) -> bool {
    node.value().get("x-evergrant-any").is_some_and(|any| *any == true)
}

/// Returns the format of integers whose bounds exceed their own format, or `i64` if they have none.
pub(super) fn integer_format(node: &Node<'_>) -> Option<&'static str> {
    let get = |keyword: &str| node.value().get(keyword);
    let is_integer = |name: &Value| name == "integer";
    let is_integer =
        get("type").is_some_and(|ty| is_integer(ty) || ty.as_array().is_some_and(|all| all.iter().any(is_integer)));
    if !is_integer {
        return None;
    }
    let numbers = |keywords: [&'static str; 2]| keywords.into_iter().filter_map(|keyword| get(keyword)?.as_f64());
    let least = numbers(["minimum", "exclusiveMinimum"]).fold(0.0, f64::min);
    let most = numbers(["maximum", "exclusiveMaximum"]).fold(0.0, f64::max);
    // `i64::MAX` as `f64` is 2^63, the smallest integer that exceeds `i64`.
    let fits = ["maximum", "exclusiveMaximum"]
        .iter()
        .any(|keyword| get(keyword).is_some_and(Value::is_i64));
    let exceeds_i64 = !fits && most >= 9_223_372_036_854_775_808.0;
    let format = get("format")
        .and_then(Value::as_str)
        .unwrap_or("int64")
        .to_ascii_lowercase();
    match format.as_str() {
        "int64" | "uint32" | "int32" | "int16" | "int8" | "uint16" | "uint8" if exceeds_i64 && least >= 0.0 => {
            Some("uint64")
        }
        "uint32" if most > f64::from(u32::MAX) || least < 0.0 => Some("int64"),
        "uint64" if least < 0.0 => Some("int64"),
        "int32" | "int16" | "int8" | "uint16" | "uint8"
            if most > f64::from(i32::MAX) || least < f64::from(i32::MIN) =>
        {
            Some("int64")
        }
        _ => None,
    }
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
