//! Unions of scalars of one type, which become that type.

use std::collections::HashSet;

use serde_json::Value;

use super::merged_schema::{Choice, JsonTypes, Key, MergedSchema, Part};
use super::resolve_schema::ModelHint;
use super::{Schemas, Type};
use crate::errors_and_warnings::Problem;

impl<'a> Schemas<'a> {
    /// Returns the type of a choice whose branches are all strings, all numbers or all booleans.
    pub(super) fn scalar_choice(
        &mut self,
        base: &MergedSchema<'a>,
        choice: &Choice<'a>,
        branches: &[MergedSchema<'a>],
        parts: &[Part<'a>],
        key: &Key,
        hint: &ModelHint,
    ) -> Result<Option<Type>, Problem> {
        let plain = branches
            .iter()
            .all(|variant| variant.choices.is_empty() && !variant.invalid);
        let all = |types: JsonTypes| {
            plain
                && branches
                    .iter()
                    .all(|variant| types_of(variant) != JsonTypes::NONE && types.contains(types_of(variant)))
        };
        let values = branches
            .iter()
            .zip(&choice.branches)
            .flat_map(|(variant, branch)| Self::enum_entries(variant, branch));
        let values: Vec<_> = values.collect();
        let closed = branches.iter().all(|variant| variant.values.is_some());
        if all(JsonTypes::STRING) {
            if !values.is_empty() {
                return self
                    .enumeration_of(values, Some(JsonTypes::STRING), parts, key, hint)
                    .map(Some);
            }
            let formats: HashSet<_> = branches
                .iter()
                .map(|variant| variant.format.as_deref().or(base.format.as_deref()))
                .collect();
            let format = match formats.len() {
                1 => formats.into_iter().next().flatten(),
                _ => formats.contains(&Some("password")).then_some("password"),
            };
            return Ok(Some(Type::scalar(JsonTypes::STRING, format)));
        }
        if all(JsonTypes::NUMBER) {
            if closed {
                return self.enumeration_of(values, None, parts, key, hint).map(Some);
            }
            let integers = all(JsonTypes::INTEGER);
            let format = branches[0]
                .format
                .as_deref()
                .filter(|_| branches.iter().all(|variant| variant.format == branches[0].format));
            return Ok(Some(Type::scalar(
                if integers {
                    JsonTypes::INTEGER
                } else {
                    JsonTypes::NUMBER
                },
                format,
            )));
        }
        Ok(all(JsonTypes::BOOL).then_some(Type::Bool))
    }
}

/// Returns the JSON types of a branch, from its type or its values.
fn types_of(variant: &MergedSchema<'_>) -> JsonTypes {
    let Some(values) = variant.values.as_ref().filter(|_| variant.types() == JsonTypes::NONE) else {
        return variant.types();
    };
    let json_type = |value: &Value| match value {
        Value::String(_) => JsonTypes::STRING,
        Value::Bool(_) => JsonTypes::BOOL,
        value if value.is_i64() => JsonTypes::INTEGER,
        Value::Number(_) => JsonTypes::NUMBER,
        _ => JsonTypes::OBJECT,
    };
    values
        .iter()
        .fold(JsonTypes::NONE, |types, value| types.union(json_type(value)))
}
