//! Choices that are none: branches that are all text, all numbers, or all true or false.

use std::collections::HashSet;

use serde_json::Value;

use super::facts::{Choice, Facts, Key, Kinds, Part};
use super::resolve::At;
use super::{Schemas, Type};
use crate::problem::Problem;

impl<'a> Schemas<'a> {
    /// Branches that are all text, all numbers, or all true or false are no union.
    pub(super) fn scalar_choice(
        &mut self,
        base: &Facts<'a>,
        choice: &Choice<'a>,
        branches: &[Facts<'a>],
        parts: &[Part<'a>],
        key: &Key,
        at: &At,
    ) -> Result<Option<Type>, Problem> {
        let plain = branches.iter().all(|said| said.choices.is_empty() && !said.broken);
        let all = |kinds: Kinds| {
            plain
                && branches
                    .iter()
                    .all(|said| kind_of(said) != Kinds::NONE && kinds.has(kind_of(said)))
        };
        let values = branches
            .iter()
            .zip(&choice.branches)
            .flat_map(|(said, branch)| Self::labelled(said, branch));
        let values: Vec<_> = values.collect();
        let closed = branches.iter().all(|said| said.values.is_some());
        if all(Kinds::TEXT) {
            if !values.is_empty() {
                return self.enumeration_of(values, Some(Kinds::TEXT), parts, key, at).map(Some);
            }
            let formats: HashSet<_> = branches
                .iter()
                .map(|said| said.format.as_deref().or(base.format.as_deref()))
                .collect();
            let format = match formats.len() {
                1 => formats.into_iter().next().flatten(),
                _ => formats.contains(&Some("password")).then_some("password"),
            };
            return Ok(Some(Type::scalar(Kinds::TEXT, format)));
        }
        if all(Kinds::NUMBER) {
            if closed {
                return self.enumeration_of(values, None, parts, key, at).map(Some);
            }
            let integers = all(Kinds::INTEGER);
            let format = branches[0]
                .format
                .as_deref()
                .filter(|_| branches.iter().all(|said| said.format == branches[0].format));
            return Ok(Some(Type::scalar(
                if integers { Kinds::INTEGER } else { Kinds::NUMBER },
                format,
            )));
        }
        Ok(all(Kinds::BOOL).then_some(Type::Bool))
    }
}

/// What kind of value a branch is, by its type or by its values.
fn kind_of(said: &Facts<'_>) -> Kinds {
    let Some(values) = said.values.as_ref().filter(|_| said.kinds() == Kinds::NONE) else {
        return said.kinds();
    };
    let kind = |value: &Value| match value {
        Value::String(_) => Kinds::TEXT,
        Value::Bool(_) => Kinds::BOOL,
        value if value.is_i64() => Kinds::INTEGER,
        Value::Number(_) => Kinds::NUMBER,
        _ => Kinds::OBJECT,
    };
    values.iter().fold(Kinds::NONE, |kinds, value| kinds.or(kind(value)))
}
