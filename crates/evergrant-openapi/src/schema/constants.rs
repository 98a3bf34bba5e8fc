//! Members with one value, and alternatives that differ in such members only.

use serde_json::Value;

use super::enums::EnumEntry;
use super::merged_schema::{AdditionalProperties, Choice, JsonTypes, Key, MergedSchema, Part};
use super::resolve_schema::ModelHint;
use super::type_keywords::significant;
use super::{Schemas, Type};
use crate::errors_and_warnings::Problem;
use crate::parsed_description::Node;

impl<'a> Schemas<'a> {
    /// Returns the only value of a member that one inline schema describes: a string, an integer or a boolean.
    pub(super) fn only_value(nodes: &[Node<'a>]) -> Option<&'a Value> {
        let [node] = nodes else { return None };
        let schema = node.value().as_object()?;
        if node.reference().is_some() || schema.get("nullable").is_some_and(|nullable| *nullable == true) {
            return None;
        }
        let is_only_value = significant(schema).all(|keyword| matches!(keyword, "type" | "enum" | "const" | "format"));
        let listed = schema
            .get("enum")
            .and_then(Value::as_array)
            .filter(|values| values.len() == 1);
        let value = schema.get("const").or_else(|| listed?.first())?;
        let fits = match value {
            Value::String(_) => schema.get("type").is_none_or(|ty| ty == "string"),
            Value::Bool(_) => schema.get("type").is_none_or(|ty| ty == "boolean"),
            value => value.is_i64() && schema.get("type").is_none_or(|ty| ty == "integer"),
        };
        (is_only_value && fits).then_some(value)
    }

    /// Returns the type of a member with one value.
    pub(super) fn type_of_value(value: &Value) -> Type {
        match value {
            Value::String(_) => Type::String,
            Value::Bool(_) => Type::Bool,
            _ => Type::I64,
        }
    }

    /// Returns the type of a member that has another constant in each alternative.
    pub(super) fn type_of_constants(&mut self, nodes: &[Node<'a>], hint: &ModelHint) -> Result<Type, Problem> {
        let parts: Vec<Part<'a>> = nodes.iter().cloned().map(Part::whole).collect();
        let key = Key::of(&parts);
        let values = nodes
            .iter()
            .filter_map(|node| Self::only_value(std::slice::from_ref(node)));
        let entry = |value| EnumEntry {
            value,
            name: None,
            docs: None,
        };
        let values = values.map(entry).collect();
        self.enumeration_of(values, Some(JsonTypes::STRING), &parts[..1], &key, hint)
    }

    /// Returns the object of a choice whose branches are inline objects that differ in constants only.
    pub(super) fn object_of_constants(
        &self,
        base: &MergedSchema<'a>,
        choice: &Choice<'a>,
        branches: &[MergedSchema<'a>],
    ) -> Option<MergedSchema<'a>> {
        let first = branches.first()?;
        let is_inline = choice.branches.iter().all(|branch| branch.reference().is_none());
        if choice.discriminator.is_some() || !is_inline || branches.len() < 2 || !base.members.is_empty() {
            return None;
        }
        let is_alike = |branch: &MergedSchema<'a>| {
            let is_object = branch.types() == JsonTypes::OBJECT && !branch.invalid && branch.values.is_none();
            is_object
                && branch.choices.is_empty()
                && branch.members.len() == first.members.len()
                && branch.required == first.required
                && !matches!(branch.additional, AdditionalProperties::Schemas(_))
        };
        if first.members.is_empty() || !branches.iter().all(is_alike) {
            return None;
        }
        let mut object = first.clone();
        object.nullable = base.nullable;
        let mut differs = false;
        for member in &mut object.members {
            let mut nodes = Vec::with_capacity(branches.len());
            for branch in branches {
                match branch.member(member.name)?.nodes.as_slice() {
                    [node] => nodes.push(node.clone()),
                    _ => return None,
                }
            }
            if nodes.iter().all(|node| is_same_schema(node.value(), nodes[0].value())) {
                continue;
            }
            let is_text = |node: &Node<'a>| Self::only_value(std::slice::from_ref(node)).is_some_and(Value::is_string);
            if !nodes.iter().all(is_text) {
                return None;
            }
            differs = true;
            member.nodes = nodes;
            member.is_choice = true;
        }
        differs.then_some(object)
    }
}

/// Whether two schemas are the same except for their own prose.
fn is_same_schema(one: &Value, other: &Value) -> bool {
    let (Some(one), Some(other)) = (one.as_object(), other.as_object()) else {
        return one == other;
    };
    let is_prose = |keyword: &str| matches!(keyword, "title" | "description" | "example" | "examples");
    let count = |schema: &serde_json::Map<String, Value>| schema.keys().filter(|keyword| !is_prose(keyword)).count();
    let mut keywords = one.iter().filter(|(keyword, _)| !is_prose(keyword));
    count(one) == count(other) && keywords.all(|(keyword, value)| other.get(keyword) == Some(value))
}
